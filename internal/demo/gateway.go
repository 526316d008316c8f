package demo

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
)

// gatewayType is what the gateway says that its page is.
const gatewayType = "application/openmetrics-text; version=1.0.0; charset=utf-8"

// directions are what the gateway does with certificates, in the words of its page and of the report.
var directions = []struct{ Measure, Label, Column string }{
	{sent, "sent", "Đã gửi"}, {received, "received", "Đã nhận"}, {acknowledged, "acknowledged", "Được phản hồi"},
}

// gateway makes the page on which the gateway to the ASEAN Single Window counts the certificates of origin that it exchanges,
// as exporters do: since it began. What a day brought is how much it grew.
func (m *Ministry) gateway(list []total) ([]byte, error) {
	sums := map[string]int{}
	for _, t := range list {
		sums[t.measure] += t.n
	}
	var page bytes.Buffer
	fmt.Fprintln(&page, "# HELP asw_certificates Certificates of origin exchanged with other countries (invented).")
	fmt.Fprintln(&page, "# TYPE asw_certificates counter")
	for _, d := range directions {
		fmt.Fprintf(&page, "asw_certificates_total{form=\"D\",direction=%q} %d\n", d.Label, sums[d.Measure])
	}
	fmt.Fprintln(&page, "# EOF")
	return page.Bytes(), nil
}

// exchanged makes the report of what the gateway had exchanged, day by day, when the agent was connected with it.
func (m *Ministry) exchanged(list []total) ([]byte, error) {
	header := []string{"Ngày"}
	var wanted []string
	for _, d := range directions {
		header, wanted = append(header, d.Column), append(wanted, d.Measure)
	}
	rows := [][]string{header}
	table := gather(list, wanted...)
	for _, at := range table.lines {
		row := []string{tableDay(at.day)}
		for _, measure := range wanted {
			row = append(row, strconv.Itoa(table.n[at][measure]))
		}
		rows = append(rows, row)
	}
	file := bytes.NewBufferString(byteOrderMark)
	err := csv.NewWriter(file).WriteAll(rows)
	return file.Bytes(), err
}
