package demo

import (
	"fmt"
	"time"

	"kpiagent/internal/kpi"
)

// office is a unit that handles dossiers, and how it goes about it.
type office struct {
	id     string
	vi, en string
	// short names, and whom to call; telephones are invented
	shortVi, shortEn string
	phone            string
	prefix           string // its dossiers' ids begin so
	file             string // its system, in the ministry's folder

	perDay float64 // dossiers on an ordinary working day
	pace   float64 // dossiers that one step brings
	each   int     // its system moves at every so many-th step
	season season

	onlineFrom, onlineTo float64 // share filed online, two years ago and today
	late                 float64 // share that misses its date
	slips                string  // the field whose dossiers have been late more and more, "" for none
	slipping             float64 // the share of them that is late by now
	tail                 float64 // working days by which a late one is late, on average
	waits                float64 // share for which a supplement is asked
	paidOnline           float64 // of those with a fee
	satisfied            float64 // of those that rated

	procedures []procedure
}

// season is what each month brings, against an average one.
type season [12]float64

var (
	exports  = season{0.98, 0.85, 0.97, 0.97, 0.99, 1.02, 1.06, 1.1, 1.12, 1.1, 1.03, 1}
	sales    = season{0.95, 0.8, 0.9, 0.92, 0.95, 1, 1, 1, 1.05, 1.15, 1.3, 1.2}
	yearsEnd = season{0.97, 0.97, 0.97, 0.97, 0.97, 0.97, 0.97, 0.97, 0.97, 1, 1.12, 1.12}
)

func (s season) of(month time.Month) float64 { return s[month-1] }

// The ministry and the ids of its offices.
const (
	rootPhone              = "024 0000 0100"
	rootID, rootVi, rootEn = "moit", "Bộ Công Thương (dữ liệu mẫu)", "Ministry of Industry and Trade (sample data)"

	trade, chemicals, electricity = "xnk", "hoachat", "dienluc"
	promotion, commerce, safety   = "xttm", "tmdt", "ktat"
	competition, domestic         = "canhtranh", "trongnuoc"
)

// offices are the eight units: most do well or nearly so, electricity slips, and domestic trade has fallen silent.
var offices = []office{
	{
		id: trade, vi: "Cục Xuất nhập khẩu", en: "Agency of Foreign Trade",
		shortVi: "Xuất nhập khẩu", shortEn: "Foreign Trade", phone: "024 0000 0101", prefix: "G02.01", file: "motcua.db",
		perDay: 150, pace: 1.4, each: 1, season: exports, onlineFrom: 0.93, onlineTo: 0.995, late: 0.012, tail: 2,
		waits: 0.1, paidOnline: 0.9, satisfied: 0.96,
	},
	{
		id: chemicals, vi: "Cục Hoá chất", en: "Chemicals Agency",
		shortVi: "Hoá chất", shortEn: "Chemicals", phone: "024 0000 0102", prefix: "G02.02", file: "hoachat.csv",
		perDay: 33, pace: 0.4, each: 6, season: yearsEnd, onlineFrom: 0.71, onlineTo: 0.86, late: 0.05, tail: 3,
		paidOnline: 0.71, satisfied: 0.91,
	},
	{
		id: electricity, vi: "Cục Điện lực", en: "Electricity Authority",
		shortVi: "Điện lực", shortEn: "Electricity", phone: "024 0000 0103", prefix: "G02.03", file: "dienluc.csv",
		perDay: 13, pace: 0.2, each: 6, season: yearsEnd, onlineFrom: 0.55, onlineTo: 0.86, late: 0.05, tail: 9,
		slips: "Giấy phép hoạt động điện lực", slipping: 0.85, paidOnline: 0.74, satisfied: 0.92,
	},
	{
		id: promotion, vi: "Cục Xúc tiến thương mại", en: "Trade Promotion Agency",
		shortVi: "Xúc tiến thương mại", shortEn: "Trade Promotion", phone: "024 0000 0104", prefix: "G02.04", file: "xuctien.xlsx",
		perDay: 22, pace: 0.3, each: 12, season: sales, onlineFrom: 0.6, onlineTo: 0.9, late: 0.03, tail: 3,
		paidOnline: 0.65, satisfied: 0.93,
	},
	{
		id: commerce, vi: "Cục Thương mại điện tử và Kinh tế số", en: "E-commerce and Digital Economy Agency",
		shortVi: "TMĐT và Kinh tế số", shortEn: "E-commerce", phone: "024 0000 0105", prefix: "G02.05", file: "tmdt.jsonl",
		perDay: 58, pace: 0.7, each: 1, season: sales, onlineFrom: 0.97, onlineTo: 1, late: 0.02, tail: 2,
		waits: 0.25, paidOnline: 1, satisfied: 0.94,
	},
	{
		id: safety, vi: "Cục Kỹ thuật an toàn và Môi trường công nghiệp", en: "Industrial Safety Techniques and Environment Agency",
		shortVi: "KT an toàn và Môi trường", shortEn: "Industrial Safety", phone: "024 0000 0106", prefix: "G02.06", file: "ktat.jsonl",
		perDay: 18, pace: 0.25, each: 2, season: yearsEnd, onlineFrom: 0.55, onlineTo: 0.83, late: 0.055, tail: 4,
		waits: 0.18, paidOnline: 0.74, satisfied: 0.89,
	},
	{
		id: competition, vi: "Ủy ban Cạnh tranh Quốc gia", en: "National Competition Commission",
		shortVi: "Cạnh tranh Quốc gia", shortEn: "Competition", phone: "024 0000 0107", prefix: "G02.07", file: "canhtranh.csv",
		perDay: 6, pace: 0.1, each: 12, season: yearsEnd, onlineFrom: 0.5, onlineTo: 0.78, late: 0.08, tail: 6,
		paidOnline: 0.6, satisfied: 0.88,
	},
	{
		id: domestic, vi: "Cục Quản lý và Phát triển thị trường trong nước", en: "Domestic Market Agency",
		shortVi: "Thị trường trong nước", shortEn: "Domestic Market", phone: "024 0000 0108", prefix: "G02.08", file: "trongnuoc.jsonl",
		perDay: 13, pace: 0.2, each: 3, season: yearsEnd, onlineFrom: 0.5, onlineTo: 0.81, late: 0.04, tail: 4,
		waits: 0.08, paidOnline: 0.68, satisfied: 0.9,
	},
}

// silentFor is how many working days ago the system of domestic trade gave its last answer.
const silentFor = 3

// staffed gives the offices with their procedures, as of the day on which the ministry is built.
func staffed(built kpi.Day) ([]*office, error) {
	all, err := procedures(built)
	if err != nil {
		return nil, err
	}
	var list []*office
	for _, o := range offices {
		o.procedures = all[o.id]
		if len(o.procedures) == 0 {
			return nil, fmt.Errorf("%s: %s has no procedures", proceduresName, o.id)
		}
		list = append(list, &o)
	}
	return list, nil
}

// find gives a procedure of the office by its code.
func (o *office) find(code string) (procedure, bool) {
	for _, p := range o.procedures {
		if p.Code == code {
			return p, true
		}
	}
	return procedure{}, false
}

// names gives the names of the office's procedures, by code.
func (o *office) names() map[string]string {
	names := make(map[string]string, len(o.procedures))
	for _, p := range o.procedures {
		names[p.Code] = p.Name
	}
	return names
}
