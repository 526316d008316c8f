package pages

// historyPhrases say to IT what is wrong with the agent's own history, and what to do.
var historyPhrases = map[string]phrase{
	"history.not_written": {vi: "Không ghi được lịch sử số liệu: biểu đồ thiếu số liệu mới cho đến khi khắc phục. Kiểm tra dung lượng đĩa và quyền ghi vào thư mục history.path; kpiagent tự thử lại.",
		en: "History cannot be written: charts lack new values until this is mended. See to room on the disk, and that kpiagent may write into history.path; it tries again by itself."},
	"history.past_not_written": {vi: "Không ghi được số liệu của những ngày đã qua: biểu đồ có thể thiếu hoặc chưa được hiệu chỉnh. Kiểm tra dung lượng đĩa và quyền ghi vào thư mục history.path; kpiagent tự thử lại.",
		en: "The figures of closed days cannot be written: charts may lack days or corrections. See to room on the disk, and that kpiagent may write into history.path; it tries again by itself."},
	"history.late": {vi: "Đồng hồ máy chủ đã bị chỉnh lùi: lịch sử không nhận số liệu cho đến khi đồng hồ chạy kịp. Chỉnh giờ cho đúng; nếu trước đó đồng hồ chạy nhanh quá nhiều thì khởi động lại kpiagent.",
		en: "The server's clock was set back: history takes no values until the clock has caught up. Set the clock right; if it was far ahead before, restart kpiagent."},
	"history.damaged": {vi: "Khi khởi động, một phần lịch sử bị hỏng đã được chuyển sang thư mục damaged trong history.path: biểu đồ có thể thiếu khoảng thời gian đó. Kiểm tra ổ đĩa và đồng hồ; sau đó có thể xóa thư mục damaged.",
		en: "At the start a damaged part of history was moved to the folder damaged in history.path: charts may lack its time. Check the disk and the clock; then the folder damaged may be deleted."},
}
