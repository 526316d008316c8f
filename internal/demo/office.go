package demo

// office is a unit that handles dossiers, and how it goes about it.
type office struct {
	id     string
	vi, en string
	prefix string // its dossiers' ids begin so
	file   string // its system, in the ministry's folder

	perDay float64 // dossiers on an ordinary working day
	pace   float64 // dossiers that one step brings
	each   int     // its system moves at every so many-th step

	onlineFrom, onlineTo float64 // share filed online, two years ago and today
	late                 float64 // share that misses its date
	slipping             float64 // the same in the last three months
	tail                 float64 // working days by which a late one is late, on average
	waits                float64 // share for which a supplement is asked
	paidOnline           float64 // of those with a fee
	satisfied            float64 // of those that rated

	procedures []procedure
}

// procedure is one entry of an office's catalogue.
type procedure struct {
	Code, Name, Field string
	Level             int    // of the old decree
	Online            string // of the new one: full, partial or neither; nothing follows from Level
	Days              float64
	Fee               bool
	Group             string // on the single window
	weight            float64
}

// The ministry and the ids of its offices.
const (
	rootID, rootVi, rootEn = "moit", "Bộ Công Thương (dữ liệu mẫu)", "Ministry of Industry and Trade (sample data)"

	trade, chemicals, electricity = "xnk", "hoachat", "dienluc"
)

// offices are the three units: one that does well, one that just does, and one that slips.
var offices = []office{
	{
		id: trade, vi: "Cục Xuất nhập khẩu", en: "Agency of Foreign Trade", prefix: "G02.01", file: "motcua.db",
		perDay: 22, pace: 1.2, each: 1, onlineFrom: 0.9, onlineTo: 0.99, late: 0.012, slipping: 0.012, tail: 2,
		waits: 0.12, paidOnline: 0.86, satisfied: 0.96,
		procedures: []procedure{
			{"XNK-01", "Cấp Giấy chứng nhận xuất xứ hàng hoá (C/O) mẫu D", "Xuất xứ hàng hoá", 4, "full", 1, true, "C/O", 30},
			{"XNK-02", "Cấp Giấy chứng nhận xuất xứ hàng hoá (C/O) mẫu E", "Xuất xứ hàng hoá", 4, "full", 1, true, "C/O", 22},
			{"XNK-03", "Cấp Giấy chứng nhận xuất xứ hàng hoá (C/O) mẫu B", "Xuất xứ hàng hoá", 4, "full", 1, true, "C/O", 10},
			{"XNK-04", "Đăng ký hồ sơ thương nhân đề nghị cấp C/O", "Xuất xứ hàng hoá", 4, "full", 1, false, "C/O", 8},
			{"XNK-05", "Cấp Giấy chứng nhận lưu hành tự do (CFS) đối với hàng hoá xuất khẩu", "Xuất nhập khẩu", 4, "full", 3, false, "CFS", 12},
			{"XNK-06", "Cấp giấy phép nhập khẩu tự động", "Xuất nhập khẩu", 4, "full", 7, false, "Giấy phép", 8},
			{"XNK-07", "Cấp giấy phép tạm nhập, tái xuất hàng hoá", "Xuất nhập khẩu", 3, "full", 7, true, "Giấy phép", 5},
			{"XNK-08", "Cấp giấy phép quá cảnh hàng hoá", "Xuất nhập khẩu", 3, "partial", 7, false, "Giấy phép", 3},
			{"XNK-09", "Cấp Giấy chứng nhận đủ điều kiện kinh doanh xuất khẩu gạo", "Xuất nhập khẩu", 3, "partial", 15, true, "", 2},
		},
	},
	{
		id: chemicals, vi: "Cục Hoá chất", en: "Chemicals Agency", prefix: "G02.02", file: "hoachat.csv",
		perDay: 13, pace: 0.7, each: 2, onlineFrom: 0.71, onlineTo: 0.86, late: 0.05, slipping: 0.05, tail: 3,
		paidOnline: 0.71, satisfied: 0.91,
		procedures: []procedure{
			{"HC-01", "Khai báo hoá chất nhập khẩu", "Hoá chất", 4, "full", 1, false, "Hoá chất", 34},
			{"HC-02", "Cấp giấy phép xuất khẩu, nhập khẩu tiền chất công nghiệp", "Hoá chất", 4, "full", 7, true, "Hoá chất", 22},
			{"HC-03", "Cấp giấy chứng nhận đủ điều kiện sản xuất hoá chất", "Hoá chất", 3, "partial", 12, true, "", 10},
			{"HC-04", "Cấp giấy chứng nhận đủ điều kiện kinh doanh hoá chất", "Hoá chất", 3, "full", 12, true, "", 14},
			{"HC-05", "Cấp lại giấy chứng nhận đủ điều kiện kinh doanh hoá chất", "Hoá chất", 3, "full", 5, true, "", 8},
			{"HC-06", "Cấp giấy phép sản xuất, kinh doanh hoá chất hạn chế", "Hoá chất", 2, "partial", 16, true, "", 6},
			{"HC-07", "Thẩm định Kế hoạch phòng ngừa, ứng phó sự cố hoá chất", "An toàn hoá chất", 2, "", 22, true, "", 6},
		},
	},
	{
		id: electricity, vi: "Cục Điện lực", en: "Electricity Authority", prefix: "G02.03", file: "dienluc.csv",
		perDay: 9, pace: 0.4, each: 3, onlineFrom: 0.42, onlineTo: 0.72, late: 0.07, slipping: 0.42, tail: 18,
		paidOnline: 0.48, satisfied: 0.78,
		procedures: []procedure{
			{"DL-01", "Cấp giấy phép hoạt động phát điện", "Điện lực", 3, "full", 15, true, "", 14},
			{"DL-02", "Cấp giấy phép hoạt động phân phối điện", "Điện lực", 3, "full", 15, true, "", 9},
			{"DL-03", "Cấp giấy phép hoạt động bán lẻ điện", "Điện lực", 3, "full", 10, true, "", 13},
			{"DL-04", "Cấp giấy phép tư vấn chuyên ngành điện lực", "Điện lực", 3, "partial", 15, true, "", 20},
			{"DL-05", "Sửa đổi, bổ sung giấy phép hoạt động điện lực", "Điện lực", 4, "full", 7, false, "", 24},
			{"DL-06", "Cấp thẻ an toàn điện", "An toàn điện", 2, "partial", 5, false, "", 16},
			{"DL-07", "Thẩm định thiết kế công trình điện", "Công trình điện", 2, "", 25, true, "", 4},
		},
	},
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
