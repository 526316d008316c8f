// Alerts on the agent's own health and on its sources. What the figures say is no subject here.
//
// _config comes from config.libsonnet. severity: critical wants somebody today, warning in the next days, info when there is time.
local alerttext = import '../lib/alerttext.libsonnet';
local fill = import '../lib/fill.libsonnet';
local language = import '../lib/language.libsonnet';

{
  prometheusAlerts+:: {
    local config = $._config,
    local source = '{{ $labels.unit }}/{{ $labels.source }}',
    local vi = alerttext(config, language('vi')),
    local en = alerttext(config, language('en')),
    local filled(text) = fill(text, { selector: config.selector, rowsRejectedWindow: config.rowsRejectedWindow, calendarLeadDays: config.calendarLeadDays }),
    // A count as people write it: without this, a million would read 1e+06.
    local count = '{{ printf "%.0f" $value }}',

    groups+: [{
      name: config.prefix,
      interval: config.interval,
      rules: [
        {
          alert: 'KpiagentDown',
          // The second part is for a target that is no longer scraped at all.
          expr: 'up{' + config.selector + '} == 0 or absent(up{' + config.selector + '})',
          'for': config.downFor,
          keep_firing_for: config.downKeepFiringFor,
          labels: config.labels { severity: 'critical' },
          annotations: {
            local where(absent) = '{{ with $labels.instance }}{{ . }}{{ else }}' + absent + '{{ end }}',
            summary_vi: 'kpiagent không trả lời: ' + where('không có đích nào'),
            summary_en: 'kpiagent does not answer: ' + where('there is no target'),
            description_vi:
              'Prometheus không đọc được /metrics của kpiagent (' + where('không có đích nào trong cấu hình Prometheus') + ') đã hơn ' + config.downFor + '. '
              + 'Số liệu trên bảng không được cập nhật và các cảnh báo khác không hoạt động. '
              + 'Cần làm: trên máy chạy kpiagent, xem systemctl status kpiagent và journalctl -u kpiagent; '
              + 'nếu dịch vụ vẫn chạy, kiểm tra mạng, tường lửa và mục scrape_configs của Prometheus.',
            description_en:
              'Prometheus has not been able to read /metrics of kpiagent (' + where('no target in the configuration of Prometheus') + ') for more than ' + config.downFor + '. '
              + 'The boards are not being updated and the other alerts are blind. '
              + 'What to do: on the machine of kpiagent, look at systemctl status kpiagent and journalctl -u kpiagent; '
              + 'if the service is running, check the network, the firewall and scrape_configs of Prometheus.',
          },
        },
        {
          alert: 'KpiagentSourceFailing',
          expr: 'egov_source_up{' + config.selector + '} == 0',
          'for': config.sourceFailingFor,
          keep_firing_for: config.sourceFailingKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'Không đọc được nguồn ' + source,
            summary_en: 'Source ' + source + ' cannot be read',
            description_vi:
              'Không lần đọc nào của nguồn ' + source + ' thành công trong ' + config.sourceFailingFor + ' qua. '
              + 'Số liệu đã có được giữ nguyên nhưng đang cũ dần. '
              + 'Cần làm: xem lỗi trong nhật ký của kpiagent (dòng "reading failed" có from=' + source + '), sửa kết nối, mật khẩu, truy vấn hoặc tệp, '
              + 'rồi thử: kpiagent check --config TỆP --live --source ' + source + (if vi.sourcePage == '' then '' else '.' + vi.sourcePage),
            description_en:
              'No read of source ' + source + ' has succeeded for ' + config.sourceFailingFor + '. '
              + 'What is known stays, but it is getting old. '
              + 'What to do: find the error in the log of kpiagent (the line "reading failed" with from=' + source + '), mend the connection, password, query or file, '
              + 'then try: kpiagent check --config FILE --live --source ' + source + (if en.sourcePage == '' then '' else '.' + en.sourcePage),
          },
        },
        {
          alert: 'KpiagentSourceSilent',
          expr:
            'time() - egov_source_last_success_timestamp_seconds{' + config.selector + '} > egov_source_stale_after_seconds{' + config.selector + '}',
          'for': config.sourceSilentFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            // The time of a source that never answered is 0, so its age is that of 1970: above a thousand million seconds.
            local age(never, since) = '{{ if gt $value 1e9 }}' + never + '{{ else }}' + since + '{{ end }}',
            summary_vi: 'Số liệu của nguồn ' + source + ' đã cũ',
            summary_en: 'The figures of source ' + source + ' are stale',
            description_vi:
              'Nguồn ' + source + ' '
              + age('chưa từng được đọc thành công', 'được đọc thành công lần cuối cách đây {{ $value | humanizeDuration }}')
              + ', quá thời hạn stale_after đặt cho nguồn này. Số liệu của đơn vị {{ $labels.unit }} và các đơn vị cấp trên vì thế không còn mới. '
              + 'Cần làm: hỏi đơn vị xem hệ thống có hoạt động không, xem nhật ký của kpiagent, '
              + 'và nếu nguồn vốn ít được đọc hơn thì sửa schedule hoặc stale_after của nó.' + vi.sourcePage,
            description_en:
              'Source ' + source + ' '
              + age('has never been read successfully', 'was last read successfully {{ $value | humanizeDuration }} ago')
              + ', longer ago than its stale_after allows. The figures of unit {{ $labels.unit }} and of the units above it are not up to date. '
              + 'What to do: ask the unit whether its system works, look at the log of kpiagent, '
              + 'and where the source is meant to be read more rarely correct its schedule or stale_after.' + en.sourcePage,
          },
        },
        {
          alert: 'KpiagentRowsRejected',
          // increase() extrapolates, so only whether it is above zero means something. It knows nothing of the first rows of
          // a reason, because the series begins with them: that is the second part. The third: while a source is not read,
          // nobody knows whether its rows were mended.
          expr: filled(|||
            increase(egov_source_rejected_rows_total{⟨selector⟩}[⟨rowsRejectedWindow⟩]) > 0
            or
            (
              egov_source_rejected_rows_total{⟨selector⟩} > 0
              unless
              egov_source_rejected_rows_total{⟨selector⟩} offset ⟨rowsRejectedWindow⟩
            )
            or
            (
              egov_source_rejected_rows_total{⟨selector⟩} > 0
              and on (unit, source) (time() - egov_source_last_success_timestamp_seconds{⟨selector⟩} > egov_source_stale_after_seconds{⟨selector⟩})
              and on (unit, source, reason) ALERTS{alertname="KpiagentRowsRejected", alertstate="firing"}
            )
          |||),
          'for': '0m',
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'Nguồn ' + source + ' có dòng bị từ chối: {{ $labels.reason }}',
            summary_en: 'Rows of source ' + source + ' were rejected: {{ $labels.reason }}',
            description_vi:
              'Trong ' + config.rowsRejectedWindow + ' qua, một số dòng của nguồn ' + source + ' không được đưa vào sổ vì lý do {{ $labels.reason }}, nên chưa có trong số liệu. '
              + 'Cần làm: xem các dòng đó bằng: kpiagent collect --config TỆP --source ' + source + ' --full --dry-run; '
              + 'rồi sửa dữ liệu ở hệ thống của đơn vị, hoặc sửa mapping trong cấu hình. '
              + 'Cảnh báo tự hết ' + config.rowsRejectedWindow + ' sau khi không còn dòng nào bị từ chối.' + vi.sourcePage,
            description_en:
              'In the past ' + config.rowsRejectedWindow + ', rows of source ' + source + ' were not taken into the ledger because of {{ $labels.reason }}, so the figures lack them. '
              + 'What to do: look at them with: kpiagent collect --config FILE --source ' + source + ' --full --dry-run; '
              + "then correct the data in the unit's system, or the mapping in the configuration. "
              + 'The alert ends ' + config.rowsRejectedWindow + ' after the last row was rejected.' + en.sourcePage,
          },
        },
        {
          alert: 'KpiagentDropHeldBack',
          expr: 'egov_source_held_rows{' + config.selector + '} > 0',
          'for': '0m',
          keep_firing_for: config.dropHeldBackKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'Nguồn ' + source + ' đột ngột thiếu ' + count + ' hồ sơ',
            summary_en: count + ' dossiers are suddenly missing from source ' + source,
            description_vi:
              'Lần đọc toàn bộ gần nhất của nguồn ' + source + ' thiếu ' + count + ' hồ sơ mà sổ đang có. kpiagent giữ chúng lại, chưa xóa, '
              + 'vì thiếu nhiều như vậy, hoặc có dòng không đọc được, thường do truy vấn hoặc tệp bị lỗi; nhật ký nói rõ lý do. '
              + 'Cần làm: nếu nguồn bị lỗi thì sửa, lần đọc toàn bộ sau sẽ ổn. '
              + 'Nếu hồ sơ thật sự đã bị xóa ở đơn vị, dừng dịch vụ kpiagent, chạy: '
              + 'kpiagent collect --config TỆP --source ' + source + ' --full --accept-drop, rồi chạy lại dịch vụ.' + vi.sourcePage,
            description_en:
              'The last complete read of source ' + source + ' lacked ' + count + ' dossiers that the ledger has. kpiagent keeps them and removes nothing, '
              + 'because so many missing at once, or a row that cannot be read, mostly means a broken query or file; the log says which. '
              + 'What to do: if the source is broken, mend it; the next complete read puts it right. '
              + 'If the dossiers are really gone from the unit, stop the service kpiagent, run: '
              + 'kpiagent collect --config FILE --source ' + source + ' --full --accept-drop, and start the service again.' + en.sourcePage,
          },
        },
        {
          alert: 'KpiagentBooksOutOfBalance',
          expr: 'egov_ledger_imbalance{' + config.selector + '} > 0 or egov_ledger_audit_differences{' + config.selector + '} > 0',
          'for': '0m',
          keep_firing_for: config.booksOutOfBalanceKeepFiringFor,
          labels: config.labels { severity: 'critical' },
          annotations: {
            summary_vi: 'Sổ của đơn vị {{ $labels.unit }} không cân, lệch ' + count,
            summary_en: 'The books of unit {{ $labels.unit }} do not balance: ' + count + ' off',
            description_vi:
              'Tiếp nhận cộng tồn kỳ trước không bằng kết thúc cộng đang xử lý, hoặc số đếm khác với khi đếm lại toàn bộ sổ (lệch ' + count + '). '
              + 'Đây là lỗi của kpiagent: đừng dùng số liệu của đơn vị {{ $labels.unit }} để báo cáo cho đến khi khắc phục xong. '
              + 'Cần làm: sao lưu sổ, lấy các dòng lỗi trong nhật ký của kpiagent và bảng của '
              + 'kpiagent tally --config TỆP --unit {{ $labels.unit }} --by procedure, rồi báo cho nhóm phát triển kpiagent.',
            description_en:
              'Received and carried over differ from finished and open, or counts differ from a full recount of the ledger (by ' + count + '). '
              + 'This is a defect of kpiagent: do not report figures of unit {{ $labels.unit }} until it is mended. '
              + 'What to do: make a backup of the ledger, take the error lines of the log of kpiagent and the table of '
              + 'kpiagent tally --config FILE --unit {{ $labels.unit }} --by procedure, and report them to the makers of kpiagent.',
          },
        },
        {
          alert: 'KpiagentSeriesOverBudget',
          expr: 'egov_series_over_budget{' + config.selector + '} > 0',
          'for': config.seriesOverBudgetFor,
          labels: config.labels { severity: 'info' },
          annotations: {
            summary_vi: 'Đơn vị {{ $labels.unit }} có quá nhiều thủ tục để hiện riêng từng thủ tục',
            summary_en: 'Unit {{ $labels.unit }} has too many procedures to show each',
            description_vi:
              'Số chuỗi số liệu của đơn vị {{ $labels.unit }} vượt metrics.series_per_unit, nên các thủ tục được gộp thành một tổng. '
              + 'Tổng và các chỉ tiêu vẫn đúng; chỉ thiếu phần chi tiết theo thủ tục. '
              + 'Cần làm: kiểm tra xem nguồn có gửi mã thủ tục sai không (kpiagent tally --config TỆP --unit {{ $labels.unit }} --by procedure); '
              + 'nếu không, tăng metrics.series_per_unit, hoặc đặt metrics.procedure_labels: false nếu không cần chi tiết.',
            description_en:
              'The series of unit {{ $labels.unit }} would exceed metrics.series_per_unit, so its procedures are shown as one total. '
              + 'The total and the KPIs are right; only the detail per procedure is missing. '
              + 'What to do: see whether a source sends wrong procedure codes (kpiagent tally --config FILE --unit {{ $labels.unit }} --by procedure); '
              + 'if not, raise metrics.series_per_unit, or set metrics.procedure_labels: false where the detail is not needed.',
          },
        },
        {
          alert: 'KpiagentStoreBehind',
          expr: 'egov_remote_write_lag_seconds{' + config.selector + '} > ' + config.storeBehindSeconds,
          'for': config.storeBehindFor,
          keep_firing_for: config.storeBehindKeepFiringFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'Kho {{ $labels.store }} chưa nhận được số liệu mới',
            summary_en: 'Store {{ $labels.store }} does not have the latest figures',
            description_vi:
              'Kho {{ $labels.store }} thiếu số liệu của kpiagent tại {{ $labels.instance }} từ {{ $value | humanizeDuration }} trước đến nay: kho ngừng hoạt động, từ chối hoặc nhận quá chậm. '
              + 'Chưa mất gì: kpiagent giữ lại trên đĩa rồi gửi sau, và chỉ bỏ phần cũ nhất khi vượt remote_write.max_megabytes. '
              + 'Cần làm: xem kho có hoạt động và còn chỗ trống không, xem lỗi trong nhật ký của kpiagent (dòng có store={{ $labels.store }}), '
              + 'sửa địa chỉ, mật khẩu hoặc chứng thư nếu bị từ chối, rồi thử: kpiagent check --config TỆP --live',
            description_en:
              'Store {{ $labels.store }} lacks what kpiagent at {{ $labels.instance }} has published in the past {{ $value | humanizeDuration }}: it is down, refuses, or is too slow. '
              + 'Nothing is lost yet: kpiagent keeps it on disk and sends it later, and gives up the oldest only beyond remote_write.max_megabytes. '
              + 'What to do: see whether the store is up and has room, find the error in the log of kpiagent (the line with store={{ $labels.store }}), '
              + 'correct address, password or certificate where it refuses, then try: kpiagent check --config FILE --live',
          },
        },
        {
          alert: 'KpiagentConfigNotReloaded',
          expr: 'egov_config_last_reload_successful{' + config.selector + '} == 0',
          'for': config.configNotReloadedFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'kpiagent tại {{ $labels.instance }} không nạp được cấu hình mới',
            summary_en: 'kpiagent at {{ $labels.instance }} did not take its new configuration',
            description_vi:
              'Tệp cấu hình của kpiagent tại {{ $labels.instance }} đã thay đổi nhưng không được nhận, nên cấu hình cũ vẫn có hiệu lực, số liệu vẫn theo cấu hình cũ. '
              + 'Cần làm: xem tất cả các lỗi bằng kpiagent check --config TỆP, sửa và lưu lại; '
              + 'nếu không có lỗi nào, khởi động lại kpiagent: ledger.path, web.listen, web.config_file và log.format chỉ đổi được khi khởi động lại.',
            description_en:
              'The configuration file of kpiagent at {{ $labels.instance }} has changed and was refused, so the old one stays in force and figures go on by it. '
              + 'What to do: see all mistakes with kpiagent check --config FILE, correct them, and save; '
              + 'where there are none, restart kpiagent: ledger.path, web.listen, web.config_file and log.format change with a restart only.',
          },
        },
        {
          alert: 'KpiagentCalendarYearUnknown',
          // The agent always names this year and the next. The next one is nobody's concern before its time:
          // count_values turns the number of a year into the label that it is joined on.
          expr: filled(|||
            egov_calendar_year_known{⟨selector⟩} == 0
            and on (year)
            (
              count_values("year", year(vector(time())))
              or
              count_values("year", year(vector(time() + ⟨calendarLeadDays⟩ * 86400)))
            )
          |||),
          'for': config.calendarYearUnknownFor,
          labels: config.labels { severity: 'warning' },
          annotations: {
            summary_vi: 'Chưa có đủ ngày nghỉ của năm {{ $labels.year }}',
            summary_en: 'The days off of {{ $labels.year }} are not fully listed',
            description_vi:
              'Lịch làm việc của kpiagent tại {{ $labels.instance }} chưa có đủ ngày nghỉ, ngày làm bù của năm {{ $labels.year }}, '
              + 'nên thời gian xử lý tính theo ngày làm việc của năm đó chỉ là ước tính. '
              + 'Cần làm: theo thông báo nghỉ Tết và lễ, ghi ngày nghỉ vào calendar.days_off, ngày làm bù vào calendar.workdays '
              + 'và năm {{ $labels.year }} vào calendar.complete, rồi lưu tệp: kpiagent tự nạp cấu hình mới (hoặc systemctl reload kpiagent).',
            description_en:
              'The work calendar of kpiagent at {{ $labels.instance }} lacks days off or swapped workdays of {{ $labels.year }}, '
              + 'so handling times in working days of that year are an estimate. '
              + 'What to do: from the official notice, list the days off under calendar.days_off, the swapped workdays under calendar.workdays '
              + 'and the year {{ $labels.year }} under calendar.complete, and save the file: kpiagent loads it at once (or run systemctl reload kpiagent).',
          },
        },
      ],
    }],
  },
}
