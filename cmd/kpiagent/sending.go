package main

import (
	"log/slog"
	"os"

	"kpiagent/internal/agent"
	"kpiagent/internal/remotewrite"
)

// newSender makes what sends the series to the stores of the configuration. What they were still to get is read here, before
// the agent begins.
func (p *process) newSender(s *session) (*remotewrite.Sender, error) {
	sender := remotewrite.New(p.besideStores(s.setup), s.log)
	if err := sender.Apply(s.setup.Config.RemoteWrite, p.besideStores(s.setup)); err != nil {
		return nil, err
	}
	return sender, nil
}

// resend has the sender follow the configuration in force.
func (p *process) resend(sender *remotewrite.Sender, a *agent.Agent, log *slog.Logger) {
	setup := a.Setup()
	if err := sender.Apply(setup.Config.RemoteWrite, p.besideStores(setup)); err != nil {
		log.Error("not all of remote_write is in force", "err", err)
	}
}

func (p *process) besideStores(s *agent.Setup) remotewrite.Surroundings {
	return remotewrite.Surroundings{Now: p.now, LookupEnv: p.lookupEnv, ReadFile: os.ReadFile, Network: s.Network}
}
