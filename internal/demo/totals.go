package demo

import (
	"math/rand/v2"
	"time"

	"kpiagent/internal/kpi"
)

// measure is something that is only reported as numbers.
type measure struct {
	ID, Kind string // flow or level, as in the configuration
	Vi, En   string
}

// The measures, by who reports them and how often.
const (
	sent, received, acknowledged                    = "co_form_d_sent", "co_form_d_received", "co_form_d_acknowledged"
	asked, answered, answeredInTime                 = "petitions_received", "petitions_answered", "petitions_answered_on_time"
	surveyed, surveySatisfied, items                = "survey_answers", "survey_satisfied", "communication_items"
	groups, trained, cut, decentralised             = "single_window_groups", "people_trained", "procedures_cut", "procedures_decentralised"
	isoFindings, isoClosed, planTasksDue, planTasks = "iso_findings", "iso_findings_closed", "plan_tasks_due", "plan_tasks_done"
)

var measures = []measure{
	{sent, "flow", "C/O mẫu D đã gửi", "C/O form D sent"},
	{received, "flow", "C/O mẫu D đã nhận", "C/O form D received"},
	{acknowledged, "flow", "C/O mẫu D đã được nước nhập khẩu phản hồi", "C/O form D acknowledged by the importing country"},
	{asked, "flow", "Phản ánh, kiến nghị đã nhận", "Petitions received"},
	{answered, "flow", "Phản ánh, kiến nghị đã trả lời", "Petitions answered"},
	{answeredInTime, "flow", "Phản ánh, kiến nghị trả lời đúng hạn", "Petitions answered on time"},
	{surveyed, "flow", "Lượt khảo sát hài lòng", "Satisfaction survey answers"},
	{surveySatisfied, "flow", "Lượt khảo sát hài lòng hoặc rất hài lòng", "Satisfied survey answers"},
	{items, "flow", "Tin, bài truyền thông", "Communication items"},
	{groups, "level", "Nhóm thủ tục kết nối Một cửa quốc gia", "Service groups on the National Single Window"},
	{trained, "flow", "Lượt người được tập huấn", "People trained"},
	{cut, "flow", "Thủ tục hành chính được cắt giảm, đơn giản hoá", "Procedures cut or simplified"},
	{decentralised, "flow", "Thủ tục hành chính được phân cấp", "Procedures decentralised"},
	{isoFindings, "flow", "Điểm không phù hợp ISO 9001 được phát hiện", "ISO 9001 findings"},
	{isoClosed, "flow", "Điểm không phù hợp ISO 9001 đã khắc phục", "ISO 9001 findings closed"},
	{planTasksDue, "level", "Nhiệm vụ kế hoạch đến hạn", "Plan tasks due"},
	{planTasks, "level", "Nhiệm vụ kế hoạch đã hoàn thành", "Plan tasks done"},
}

// total is one reported number.
type total struct {
	day     kpi.Day
	unit    string
	measure string
	n       int
}

// totals gives what was reported from the beginning of the history up to a moment; grown is what steps have added since.
func (w *world) totals(now kpi.Stamp, grown map[string]map[string]int) []total {
	from := w.built - w.size.Days
	var list []total
	for day := from; day <= now.Day(); day++ {
		r := chance(w.seed, "totals", day.String())
		list = append(list, w.daily(r, day, now, grown[day.String()])...)
		if day < now.Day() && w.calendar.IsWorkday(day) && w.lastOfWeek(day) {
			list = append(list, w.weekly(r, day)...)
		}
		list = append(list, w.monthly(r, day, day-from, now)...)
	}
	return list
}

// daily gives the certificates of a day; of the last one only the part up to a moment of it.
func (w *world) daily(r *rand.Rand, day kpi.Day, now kpi.Stamp, grown map[string]int) []total {
	if !w.calendar.IsWorkday(day) && len(grown) == 0 {
		return nil
	}
	part := 0.0
	if w.calendar.IsWorkday(day) {
		part = float64(w.calendar.WorkSeconds(day.Stamp(), min(now, (day+1).Stamp()))) / workday
	}
	office := w.offices[0]
	season := w.expected(office, day) / office.perDay / w.size.Share * part
	out := max(season*(620+50*r.NormFloat64()), 0)
	in := max(season*(350+35*r.NormFloat64()), 0)
	return []total{
		{day, office.id, sent, int(out) + grown[sent]},
		{day, office.id, received, int(in) + grown[received]},
		{day, office.id, acknowledged, int(out*(0.972+0.02*r.Float64())) + grown[acknowledged]},
	}
}

// weekly gives what units count at the end of a week.
func (w *world) weekly(r *rand.Rand, day kpi.Day) []total {
	var list []total
	for _, o := range w.offices {
		came := 2 + poisson(r, 7)
		replied := came - chosen(r, came, 0.03)
		answers := 5 + poisson(r, 12)
		list = append(list,
			total{day, o.id, asked, came},
			total{day, o.id, answered, replied},
			total{day, o.id, answeredInTime, replied - chosen(r, replied, o.late)},
			total{day, o.id, surveyed, answers},
			total{day, o.id, surveySatisfied, chosen(r, answers, o.satisfied)})
	}
	return append(list, total{day, rootID, items, 5 + poisson(r, 6)})
}

// monthly gives what the ministry's office reports when a month is over, and the levels on the days on which they change.
func (w *world) monthly(r *rand.Rand, day, since kpi.Day, now kpi.Stamp) []total {
	var list []total
	if n, changed := groupsFrom(since); changed {
		list = append(list, total{day, rootID, groups, n})
	}
	_, month, date := day.Civil()
	if month == time.January && date == 1 {
		list = append(list, total{day, rootID, planTasksDue, 0}, total{day, rootID, planTasks, 0}) // a new plan
	}
	if _, next, _ := (day + 1).Civil(); next == month || day >= now.Day() {
		return list
	}
	found := 3 + poisson(r, 5)
	due := 5 * int(month)
	return append(list,
		total{day, rootID, trained, 70 + poisson(r, 80)},
		total{day, rootID, cut, 1 + poisson(r, 5)},
		total{day, rootID, decentralised, poisson(r, 2.4)},
		total{day, rootID, isoFindings, found},
		total{day, rootID, isoClosed, found - chosen(r, found, 0.08)},
		total{day, rootID, planTasksDue, due},
		total{day, rootID, planTasks, due - min(due, poisson(r, 2.5))})
}

// chosen draws how many of n are so, each with a likelihood.
func chosen(r *rand.Rand, n int, likely float64) int {
	count := 0
	for range n {
		if r.Float64() < likely {
			count++
		}
	}
	return count
}

// groupsFrom gives the groups on the single window where their number changes, by days since the history began.
func groupsFrom(since kpi.Day) (int, bool) {
	switch since {
	case 0:
		return 13, true
	case 120:
		return 14, true
	case 310:
		return 15, true
	case 540:
		return 16, true
	}
	return 0, false
}

// lastOfWeek says whether no working day follows before Monday.
func (w *world) lastOfWeek(day kpi.Day) bool {
	for d := day + 1; d.Weekday() != 1; d++ {
		if w.calendar.IsWorkday(d) {
			return false
		}
	}
	return true
}
