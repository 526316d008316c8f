package demo

import "kpiagent/internal/kpi"

// dialects by office.
var dialects = map[string]dialect{
	chemicals: {
		header: []string{"STT", "Mã hồ sơ", "Mã TTHC", "Tên thủ tục", "Hình thức nộp", "Ngày tiếp nhận", "Ngày hẹn trả", "Ngày trả kết quả",
			"Tình trạng", "Có lệ phí", "Thanh toán trực tuyến", "Số hoá", "Đánh giá"},
		separator: ',', date: "02/01/2006",
		channels: map[kpi.Channel]string{kpi.Online: "Trực tuyến", kpi.Counter: "Trực tiếp", kpi.Postal: "Bưu chính công ích"},
		states: map[kpi.Outcome]string{kpi.Open: "Đang xử lý", kpi.Settled: "Đã trả kết quả", kpi.Refused: "Từ chối",
			kpi.Withdrawn: "Rút hồ sơ", kpi.Stopped: "Dừng xử lý"},
		yes: "Có", no: "Không", happy: [2]string{"Hài lòng", "Không hài lòng"},
		at: places{id: 1, procedure: 2, channel: 4, received: 5, due: 6, finished: 7, outcome: 8, fee: 9, paid: 10, digitised: 11, electronic: -1, rating: 12},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{"", d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished),
				w.states[d.Outcome], w.answer(d.FeeDue), w.answer(d.PaidOnline), w.answer(d.InputDigitised), w.rating(d.Satisfied)}
		},
	},
	electricity: {
		header: []string{"MÃ HỒ SƠ", "MÃ TTHC", "TÊN THỦ TỤC", "KÊNH", "NGÀY TIẾP NHẬN", "NGÀY HẸN TRẢ", "NGÀY KẾT THÚC", "TRẠNG THÁI",
			"LỆ PHÍ", "NỘP LỆ PHÍ TRỰC TUYẾN", "KẾT QUẢ ĐIỆN TỬ", "Ý KIẾN"},
		separator: ';', windows: true, date: "02-01-2006 15:04",
		channels: map[kpi.Channel]string{kpi.Online: "Cổng DVC", kpi.Counter: "Một cửa", kpi.Postal: "Bưu điện"},
		states: map[kpi.Outcome]string{kpi.Open: "Đang thụ lý", kpi.Settled: "Hoàn thành", kpi.Refused: "Không đủ điều kiện",
			kpi.Withdrawn: "Công dân rút", kpi.Stopped: "Dừng"},
		yes: "x", no: "-", happy: [2]string{"Tốt", "Kém"},
		at: places{id: 0, procedure: 1, channel: 3, received: 4, due: 5, finished: 6, outcome: 7, fee: 8, paid: 9, digitised: -1, electronic: 10, rating: 11},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished),
				w.states[d.Outcome], w.answer(d.FeeDue), w.answer(d.PaidOnline), w.answer(d.ResultElectronic), w.rating(d.Satisfied)}
		},
	},
	promotion: {
		header: []string{"Hồ sơ / Mã số", "Hồ sơ / Mã TTHC", "Hồ sơ / Tên thủ tục", "Tiếp nhận / Hình thức", "Tiếp nhận / Ngày", "Giải quyết / Hẹn trả",
			"Giải quyết / Ngày trả", "Giải quyết / Kết quả", "Lệ phí / Phải nộp", "Lệ phí / Trực tuyến", "Đánh giá / Ý kiến"},
		workbook: "Hồ sơ xúc tiến thương mại", date: "2006-01-02 15:04:05",
		channels: map[kpi.Channel]string{kpi.Online: "Cổng dịch vụ công", kpi.Counter: "Bộ phận một cửa", kpi.Postal: "Dịch vụ bưu chính"},
		states: map[kpi.Outcome]string{kpi.Open: "", kpi.Settled: "Chấp thuận", kpi.Refused: "Không chấp thuận",
			kpi.Withdrawn: "Doanh nghiệp rút", kpi.Stopped: "Dừng"},
		yes: "Có", no: "Không", happy: [2]string{"Hài lòng", "Chưa hài lòng"},
		at: places{id: 0, procedure: 1, channel: 3, received: 4, due: 5, finished: 6, outcome: 7, fee: 8, paid: 9, digitised: -1, electronic: -1, rating: 10},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished),
				w.states[d.Outcome], w.answer(d.FeeDue), w.answer(d.PaidOnline), w.rating(d.Satisfied)}
		},
	},
	competition: {
		header: []string{"case_id", "procedure_code", "procedure_name", "channel", "received_at", "due_at", "closed_at", "status", "fee", "paid_online",
			"digitised", "electronic_result", "rating"},
		separator: '\t', date: "2006-01-02T15:04:05",
		channels: map[kpi.Channel]string{kpi.Online: "WEB", kpi.Counter: "DESK", kpi.Postal: "POST"},
		states:   map[kpi.Outcome]string{kpi.Open: "OPEN", kpi.Settled: "DONE", kpi.Refused: "REJECTED", kpi.Withdrawn: "WITHDRAWN", kpi.Stopped: "STOPPED"},
		yes:      "Y", no: "N", happy: [2]string{"GOOD", "BAD"},
		at: places{id: 0, procedure: 1, channel: 3, received: 4, due: 5, finished: 6, outcome: 7, fee: 8, paid: 9, digitised: 10, electronic: 11, rating: 12},
		cells: func(w dialect, d kpi.Dossier, name string) []string {
			return []string{d.ID, d.Procedure, name, w.channels[d.Channel], w.day(d.Received), w.day(d.Due), w.day(d.Finished), w.states[d.Outcome],
				w.answer(d.FeeDue), w.answer(d.PaidOnline), w.answer(d.InputDigitised), w.answer(d.ResultElectronic), w.rating(d.Satisfied)}
		},
	},
}
