package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/internal/demo"
)

// demoSeed makes the sample ministry the same for everybody; demoStep is how often something happens in it.
const (
	demoSeed = 2026
	demoStep = 5 * time.Second
)

func (p *process) demoCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show a sample ministry: invented unit systems and the agent that reads them",
		Long: `demo makes the systems of a small sample ministry in a folder (a one-stop database and
reports, two years of invented dossiers), lets them move, and runs the agent on them.
Nothing else is needed.`,
		Example: "  kpiagent demo\n  kpiagent demo --listen 127.0.0.1:9750 --dir /tmp/ministry",
	}
	listen := c.Flags().String("listen", "127.0.0.1:9750", "Address and port of the agent.")
	dir := c.Flags().String("dir", "", "The folder of the ministry; one that is there goes on. Default: a new one that is removed at the end.")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.demo(c.Context(), *listen, *dir) }
	return c
}

func (p *process) demo(ctx context.Context, listen, dir string) (err error) {
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kpiagent-demo-"); err != nil {
			return fmt.Errorf("the folder of the sample ministry: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	fmt.Fprintln(p.out, "Đang dựng bộ mẫu … · Making the sample ministry …")
	ministry, err := demo.Build(ctx, dir, demoSeed, p.now())
	if err != nil {
		return fmt.Errorf("the sample ministry: %w", err)
	}
	s, err := p.load(ctx, ministry.Config, map[string]string{"web.listen": listen, "log.level": "warn"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var moving sync.WaitGroup
	moving.Go(func() {
		if err := ministry.Run(ctx, demoStep, p.now, s.log); err != nil {
			s.log.Error("the sample ministry stands still", "err", err)
		}
	})
	err = p.serve(ctx, s, func(addr net.Addr) { p.welcome(addr, ministry) })
	cancel()
	moving.Wait()
	return err
}

// welcome tells what to open and what to try.
func (p *process) welcome(addr net.Addr, ministry *demo.Ministry) {
	fmt.Fprintf(p.out, "\nMở · Open  http://%s/  http://%s/metrics   (Ctrl-C: dừng · stop)\n\n", addr, addr)
	for _, tip := range ministry.Tips() {
		fmt.Fprintln(p.out, "  "+tip)
	}
}
