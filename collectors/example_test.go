package collectors_test

import (
	"context"
	"fmt"
	"time"

	"kpiagent/collectors"
	"kpiagent/config"
	"kpiagent/internal/kpi"
)

// desk is a source of two rows, as a kind's package makes one from its configuration.
type desk struct{}

func (desk) Read(_ context.Context, _ collectors.Request, sink collectors.Sink) (collectors.Result, error) {
	if err := sink.Columns("", []string{"Mã hồ sơ", "TTHC", "Kênh", "Ngày nhận"}); err != nil {
		return collectors.Result{}, err
	}
	text := func(text string) collectors.Value { return collectors.Value{Kind: collectors.Text, Text: text} }
	for i, row := range [][]collectors.Value{
		{text("H1"), text("1.001"), text("Trực tuyến"), text("02/03/2026")},
		{text("H2"), text("1.001"), text("Fax"), text("02/03/2026")},
	} {
		if err := sink.Row(collectors.Position{Number: int64(i + 1)}, row); err != nil {
			return collectors.Result{}, err
		}
	}
	return collectors.Result{Complete: true}, nil
}

func (desk) Close() error { return nil }

// mapping says which column of the desk each field of a dossier comes from.
func mapping() (*collectors.Mapping, error) {
	return collectors.NewMapping(config.Source{Unit: "so_tnmt", ID: "mot_cua", Record: "dossier", Mapping: config.Mapping{
		ID:        &config.Field{Column: "Mã hồ sơ"},
		Procedure: &config.Field{Column: "TTHC"},
		Channel:   &config.Field{Column: "Kênh", Values: []config.ValueMap{{From: "Trực tuyến", To: "online"}, {From: "Trực tiếp", To: "counter"}}},
		Received:  &config.Field{Column: "Ngày nhận", Layouts: []string{"dd/MM/yyyy"}},
	}}, collectors.Checks{}, time.UTC)
}

// Collect reads a source and hands its rows over in batches: as records, or as rejected rows with their reasons.
func ExampleCollect() {
	m, err := mapping()
	if err != nil {
		fmt.Println(err)
		return
	}
	request := collectors.Request{Now: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}
	result, summary, err := collectors.Collect(context.Background(), desk{}, m, request, collectors.Options{}, func(b *kpi.Batch) error {
		for _, r := range b.Records {
			fmt.Println(r.Dossier.ID, r.Dossier.Channel, r.Dossier.Received)
		}
		for _, r := range b.Rejects {
			fmt.Println(r.ID, "is rejected:", r.Fault.Error())
		}
		return nil
	})
	fmt.Println(summary.Rows, "rows, complete:", result.Complete, err)
	// Output:
	// H1 online 2026-03-02 00:00:00
	// H2 is rejected: unknown_channel: channel: "Fax" is not mapped; mapped are "Trực tuyến", "Trực tiếp"
	// 2 rows, complete: true <nil>
}

// Preview shows what the first rows become, for `check --live`.
func ExamplePreview() {
	m, err := mapping()
	if err != nil {
		fmt.Println(err)
		return
	}
	request := collectors.Request{Limit: 1, Now: time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)}
	samples, _, err := collectors.Preview(context.Background(), desk{}, m, request, 1, func(*kpi.Batch) {})
	for _, s := range samples {
		fmt.Println(s.Raw, "->", s.Records[0].Dossier.ID)
	}
	fmt.Println(err)
	// Output:
	// {"Mã hồ sơ":"H1","TTHC":"1.001","Kênh":"Trực tuyến","Ngày nhận":"02/03/2026"} -> H1
	// <nil>
}
