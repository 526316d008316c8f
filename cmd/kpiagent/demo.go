package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"kpiagent/config"
	"kpiagent/dashboards"
	"kpiagent/internal/agent"
	"kpiagent/internal/demo"
	"kpiagent/internal/i18n"
	"kpiagent/internal/model"
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
		Long: `demo makes the systems of a sample ministry (a one-stop database, portals, reports; eight
units, two years of invented dossiers), lets them move, and runs the agent on them. The
systems are files in a folder, or answer on this machine only. Nothing else is needed.`,
		Example: "  kpiagent demo\n  kpiagent demo --listen 127.0.0.1:9750 --dir /tmp/ministry\n" +
			"  kpiagent demo --grafana http://admin:admin@127.0.0.1:3000",
	}
	listen := c.Flags().String("listen", "127.0.0.1:9750", "Address and port of the agent.")
	dir := c.Flags().String("dir", "",
		"The folder of the ministry; one that is there goes on. Default: a new one that is removed at the end.")
	grafana := c.Flags().String("grafana", "",
		"Put the boards into this Grafana, whose address has user and password: http://admin:admin@127.0.0.1:3000.")
	c.RunE = func(c *cobra.Command, _ []string) error {
		settings, err := demoGrafana(*grafana, *listen)
		if err != nil {
			return &usageError{commandName(c), err}
		}
		p.environ = append(slices.Clone(p.environ), settings...)
		return p.demo(c.Context(), *listen, *dir, demo.Size{})
	}
	return c
}

// demoGrafana returns the settings, as variables, that make the demo put its boards into a Grafana. The boards read the agent itself,
// which answers PromQL, so Grafana has to reach its address.
func demoGrafana(given, listen string) ([]string, error) {
	if given == "" {
		return nil, nil
	}
	address, err := url.Parse(given)
	if err != nil || address.Host == "" || address.User == nil { // the address has a password in it, and is not shown
		return nil, errors.New("--grafana is not an address with user and password; write for example " +
			"http://admin:admin@127.0.0.1:3000")
	}
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return nil, fmt.Errorf("with --grafana, --listen needs a host and a port that Grafana can reach, such as 127.0.0.1:9750; it is %s",
			listen)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	password, _ := address.User.Password()
	user := address.User.Username()
	address.User = nil
	own := "http://" + net.JoinHostPort(host, port)
	var settings []string
	for key, value := range map[string]string{"grafana.url": address.String(), "grafana.account": user, "grafana.secret_env": demoPassword,
		"boards.prometheus_url": own, "boards.grafana_url": address.String(), "web.external_url": own} {
		settings = append(settings, config.Variable(key)+"="+value)
	}
	return append(settings, demoPassword+"="+password), nil
}

// demoPassword is the variable that holds the password of the demo's Grafana.
const demoPassword = "DEMO_GRAFANA_PASSWORD"

func (p *process) demo(ctx context.Context, listen, dir string, size demo.Size) (err error) {
	defer p.boundHeap()()
	if dir == "" {
		if dir, err = os.MkdirTemp("", "kpiagent-demo-"); err != nil {
			return fmt.Errorf("the folder of the sample ministry: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	fmt.Fprintln(p.out, inEachLanguage("demo.making"))
	ministry, err := demo.Build(ctx, dir, demoSeed, p.now(), size)
	if err != nil {
		return fmt.Errorf("the sample ministry: %w", err)
	}
	defer func() { err = errors.Join(err, ministry.Close()) }()
	s, err := p.load(ctx, ministry.Config, map[string]string{"web.listen": listen, "log.level": "warn",
		"history.enabled": "true"})
	if err != nil {
		return err
	}
	if err := p.fallSilent(ctx, s, ministry); err != nil {
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
	err = p.serve(ctx, s, func(addr net.Addr) { p.welcome(addr, s.model.Config, ministry) })
	cancel()
	moving.Wait()
	return err
}

// fallSilent lets the agent read, with the clock of some days ago, the unit that has stopped reporting since: the ledger
// then knows what it knew when that unit's system answered for the last time.
func (p *process) fallSilent(ctx context.Context, s *session, ministry *demo.Ministry) error {
	unit, since, falls := ministry.Silence()
	if !falls {
		return nil
	}
	around := p.agentOptions(s)
	around.Now = func() time.Time { return since }
	around.Log = slog.New(slog.DiscardHandler) // the agent proper will tell of rejected rows
	a, err := agent.New(ctx, s.model, around)
	if err != nil {
		return err
	}
	var names []string
	for _, source := range s.model.Config.Sources {
		if source.Unit == unit || source.Record == "procedure" {
			names = append(names, model.SourceName(source))
		}
	}
	_, err = a.Collect(ctx, agent.CollectOptions{Sources: names})
	return errors.Join(err, a.Close(), ministry.FallSilent())
}

// welcome tells what to open and what to try.
func (p *process) welcome(addr net.Addr, c *config.Config, ministry *demo.Ministry) {
	fmt.Fprintf(p.out, "\n%s  http://%s/  http://%s/metrics   (Ctrl-C: %s)\n", inEachLanguage("demo.open"), addr, addr,
		inEachLanguage("demo.stop"))
	if c.Grafana.URL != "" {
		fmt.Fprintf(p.out, "%s  %s\n", inEachLanguage("demo.board"), dashboards.LeadersBoard(c))
	}
	fmt.Fprintln(p.out)
	for _, tip := range ministry.Tips(p.called()) {
		fmt.Fprintln(p.out, "  "+tip)
	}
}

// inEachLanguage returns a text in all languages, side by side: nobody has said yet which one the reader has.
func inEachLanguage(key string) string {
	var texts []string
	for _, l := range i18n.Builtin().Languages() {
		texts = append(texts, l.Say(key))
	}
	return strings.Join(texts, " · ")
}

// called is how the user calls the command: what go run has built is nowhere else.
func (p *process) called() string {
	switch path := filepath.ToSlash(p.path); {
	case path == "":
		return "kpiagent"
	case strings.Contains(path, "/go-build"):
		return "go run ./cmd/kpiagent"
	default:
		return p.path
	}
}
