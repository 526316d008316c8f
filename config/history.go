package config

import (
	"fmt"
	"time"
)

// History is the time series database inside the agent.
type History struct {
	Enabled       bool          `yaml:"enabled" default:"false" doc:"Whether the agent keeps its own history and answers PromQL under /api/v1, as a Prometheus does."`
	Path          string        `yaml:"path" path:"true" default:"kpiagent-history" doc:"Its folder; a relative path starts at the configuration file's folder."`
	Interval      time.Duration `yaml:"interval" default:"1m" check:"history_interval" doc:"How often everything is written; in between only what has changed."`
	DetailDays    int           `yaml:"detail_days" default:"100" check:"positive" doc:"How many days what was written in the course of a day is kept."`
	Days          int           `yaml:"days" default:"3653" check:"positive" doc:"How many days the figures of closed days are kept, one value a day."`
	ProcedureDays int           `yaml:"procedure_days" default:"400" check:"not_negative" doc:"How many of those days have the figures of each procedure too, which are most of all; in whole months. 0: none."`
	MaxMegabytes  int64         `yaml:"max_megabytes" default:"2048" check:"not_negative" doc:"The largest size on disk of all of it. Closed days may have three quarters; what was written in the course of the days has all that they do not take. Of each the oldest goes first. 0: no limit."`
	Late          time.Duration `yaml:"late" default:"24h" check:"not_negative" doc:"How far before the newest value one is still taken, where the clock was set back."`
	Lookback      time.Duration `yaml:"lookback" default:"26h" check:"positive" doc:"How long a value holds where nothing newer is known; more than a day, since closed days have one value each."`
	MaxSamples    int           `yaml:"max_samples" default:"5000000" check:"positive" doc:"How many values one query may hold at a time, 16 bytes each; a larger one gets an error."`
	Timeout       time.Duration `yaml:"timeout" default:"30s" check:"positive" doc:"How long one query may take."`
	Queries       int           `yaml:"queries" default:"4" check:"positive" doc:"How many queries run at the same time; others wait."`
	Job           string        `yaml:"job" default:"kpiagent" doc:"The label job of all series, as boards.selector wants it."`
	Instance      string        `yaml:"instance" default:"kpiagent" doc:"The label instance of all series; it should never change."`
}

// checkHistoryInterval wants steps that a day and a query divide into.
func checkHistoryInterval(value any) string {
	d, _ := value.(time.Duration)
	if d < 15*time.Second || d > time.Hour || time.Hour%d != 0 {
		return fmt.Sprintf("%v is not possible; write a whole part of an hour from 15s to 1h, for example 1m", value)
	}
	return ""
}
