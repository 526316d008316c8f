// Chất lượng dữ liệu: for those who run the agent and the sources.
local palette = import '../lib/palette.libsonnet';

function(figures)
  local config = figures.config, l = figures.language, t = l.t;
  local b = figures.board, p = figures.panel, q = figures.promql;
  local bySource(metric, more=[]) = 'max by (unit, source) (' + q.series(metric, more) + ')';
  local yes(good, bad) = [{ type: 'value', options: { '1': { text: good, color: palette.good, index: 0 }, '0': { text: bad, color: palette.bad, index: 1 } } }];
  local colored = { 'custom.displayMode': 'color-background-solid' };
  local unitCell = p.field('unit', { displayName: t('Đơn vị', 'Unit'), mappings: figures.unitNames, 'custom.width': 200 });
  local state(title, description, query, good, bad, legend='') = p.stat(title, description, [p.instant(query, legend)], { unit: 'none', decimals: 0 }, mappings=yes(good, bad), size='value') + {
    fieldConfig+: { defaults+: { color: { mode: 'thresholds' }, noValue: t('Chưa rõ', 'Not known'), thresholds: { mode: 'absolute', steps: [{ color: palette.bad, value: null }, { color: palette.good, value: 1 }] } } },
  };
  local days(title, description, query, mappings, interval) = p.timeline(title, description, [p.range(query, '{{unit}}')], mappings, [p.field(u.id, { displayName: l.name(u.name) }) for u in config.units], interval=interval, daily=true);
  b.board(
    'quality',
    { vi: 'Chất lượng dữ liệu', en: 'Data quality' },
    t('Cho bộ phận công nghệ thông tin: nguồn nào đọc được, mới đến đâu, dòng nào bị từ chối.', 'For IT: which source can be read, how fresh it is, which rows were refused.'),
    [
      b.section('', [
        [
          state(
            t('kpiagent trả lời', 'kpiagent answers'),
            t('Prometheus đọc được /metrics của mọi kpiagent.', 'Prometheus can read /metrics of every kpiagent.'),
            'min(up{' + config.selector + '})',
            t('Có', 'Yes'),
            t('Không', 'No')
          ),
          4,
          5,
        ],
        [
          state(
            t('Sổ cân', 'The books balance'),
            t('Tiếp nhận cộng tồn bằng kết thúc cộng đang xử lý, ở mọi đơn vị, thủ tục và kỳ.', 'Received and carried over equal finished and open, for every unit, procedure and period.'),
            'max(' + q.series('egov_ledger_imbalance') + ') == bool 0',
            t('Cân', 'Yes'),
            t('Không cân', 'No')
          ),
          4,
          5,
        ],
        [
          state(
            t('Cấu hình', 'Configuration'),
            t('Lần nạp cấu hình gần nhất có thành công không.', 'Whether the last load of the configuration succeeded.'),
            'min(' + q.series('egov_config_last_reload_successful') + ')',
            t('Đã nạp', 'Loaded'),
            t('Lỗi', 'Failed')
          ),
          4,
          5,
        ],
        [
          p.stat(
            t('Lịch làm việc', 'Work calendar'),
            t('Năm đã có đủ ngày nghỉ hay chưa; nếu chưa, thời gian xử lý chỉ là ước tính.', 'Whether the days off of a year are listed; if not, handling times are an estimate.'),
            [p.instant('min by (year) (' + q.series('egov_calendar_year_known') + ')', '{{year}}')],
            { unit: 'none', decimals: 0 },
            mappings=[{ type: 'value', options: { '1': { text: t('đủ', 'listed'), color: palette.good, index: 0 }, '0': { text: t('chưa đủ', 'not listed'), color: palette.warn, index: 1 } } }],
          ),
          6,
          5,
        ],
        [
          p.stat(
            t('Phiên bản', 'Version'),
            t('Phiên bản kpiagent đang chạy.', 'The version of kpiagent that runs.'),
            [p.instant('max by (version) (' + q.series('egov_build_info') + ')', '{{version}}')],
            size='name',
          ),
          6,
          5,
        ],
      ]),
      b.section(t('Nguồn', 'Sources'), [
        [
          p.table(
            t('Nguồn', 'Sources'),
            t('Mỗi dòng là một nguồn. Đọc lúc: lần đọc thành công gần nhất. Giữ lại: bản ghi bỗng dưng biến mất, kpiagent chưa xóa.', 'Each row is a source. Read: its last successful read. Held back: records that suddenly vanished and that kpiagent did not remove.'),
            [p.instant(q.parts('part', [
              ['up', bySource('egov_source_up')],
              ['fresh', 'time() - ' + bySource('egov_source_last_success_timestamp_seconds') + ' < bool ' + bySource('egov_source_stale_after_seconds')],
              ['last', '(' + bySource('egov_source_last_success_timestamp_seconds') + ' > 0) * 1000'],
              ['took', bySource('egov_source_fetch_duration_seconds')],
              ['rows', bySource('egov_source_rows_total')],
              ['rejected', 'sum by (unit, source) (' + q.series('egov_source_rejected_rows_total') + ')'],
              ['held', bySource('egov_source_held_rows')],
            ]))],
            { unit: 'locale', decimals: 0 },
            [
              unitCell,
              p.field('source', { displayName: t('Nguồn', 'Source'), 'custom.width': 150 }),
              p.field('up', { displayName: t('Đọc được', 'Readable'), mappings: yes(t('Có', 'Yes'), t('Không', 'No')) + [p.missing] } + colored),
              p.field('fresh', { displayName: t('Còn mới', 'Fresh'), mappings: yes(t('Mới', 'Fresh'), t('Cũ', 'Stale')) + [p.missing] } + colored),
              p.field('last', { displayName: t('Đọc lúc', 'Read'), unit: 'dateTimeFromNow', noValue: t('Chưa bao giờ', 'Never'), 'custom.width': 150 }),
              p.field('took', { displayName: t('Thời gian đọc', 'Took'), unit: 's', decimals: 1 }),
              p.field('rows', { displayName: t('Dòng đã đọc', 'Rows read') }),
              p.field('rejected', { displayName: t('Bị từ chối', 'Rejected') }),
              p.field('held', { displayName: t('Giữ lại', 'Held back') }),
            ],
            transformations=p.rows(['unit', 'source'], ['up', 'fresh', 'last', 'took', 'rows', 'rejected', 'held']),
          ),
          24,
          12,
        ],
      ]),
      b.section(t('Đầy đủ theo ngày', 'Completeness by day'), [
        [
          days(
            t('Đọc được trong ngày', 'Read within the day'),
            t('Mỗi ô là một đơn vị trong một ngày: trong 24 giờ trước đó mọi nguồn của đơn vị có đọc được không. Trống: Prometheus chưa ghi.', 'A square is a unit and a day: whether all sources of the unit were read within the 24 hours before. Empty: Prometheus had not begun.'),
            'min by (unit) (time() - ' + q.series('egov_source_last_success_timestamp_seconds') + ' < bool 86400)',
            yes(t('đọc được', 'read'), t('không đọc được', 'not read')),
            '1d'
          ),
          24,
          9,
        ],
        [
          p.timeSeries(
            t('Hồ sơ tiếp nhận trong ngày', 'Dossiers received on the day'),
            t('Số hồ sơ của ngày hôm đó, tính đến từng lúc. Đơn vị thường có hồ sơ mà cả ngày làm việc bằng 0 là đáng ngờ.', 'Dossiers of the day up to each moment. A working day with 0 in a unit that usually has some is suspicious.'),
            [p.range('sum by (unit) (' + q.series('egov_dossiers_received', [q.inPeriod('day')]) + ')', '{{unit}}')],
            { unit: 'locale', decimals: 0, min: 0 },
            [p.field(u.id, { displayName: l.name(u.name) }) for u in config.units],
          ),
          24,
          8,
        ],
      ]),
      b.section(t('Dòng bị từ chối', 'Rejected rows'), [
        [
          p.table(
            t('Dòng bị từ chối theo lý do', 'Rejected rows by reason'),
            t('Từ khi kpiagent khởi động; mỗi lần đọc toàn bộ gặp lại các dòng chưa sửa. Xem các dòng đó bằng kpiagent collect --dry-run.', 'Since kpiagent started; each complete read meets those that were not mended again. See them with kpiagent collect --dry-run.'),
            [p.table_('topk(500, sum by (unit, source, reason) (' + q.series('egov_source_rejected_rows_total') + ') > 0)')],
            { unit: 'locale', decimals: 0 },
            [
              unitCell,
              p.field('source', { displayName: t('Nguồn', 'Source') }),
              p.field('reason', { displayName: t('Lý do', 'Reason'), 'custom.width': 220 }),
              p.field('Value', { displayName: t('Số dòng', 'Rows') }),
            ],
            transformations=[{ id: 'organize', options: { excludeByName: { Time: true }, indexByName: { unit: 0, source: 1, reason: 2, Value: 3 }, renameByName: {} } }],
            noValue=t('Không có dòng nào bị từ chối', 'No row was rejected'),
          ),
          12,
          9,
        ],
        [
          p.timeSeries(
            t('Thời gian đọc', 'Read times'),
            t('Lần đọc gần nhất của mỗi nguồn mất bao lâu.', 'How long the last read of each source took.'),
            [p.range(bySource('egov_source_fetch_duration_seconds'), '{{unit}}/{{source}}')],
            { unit: 's', decimals: 1, min: 0 },
          ),
          12,
          9,
        ],
      ]),
    ],
    from='now-30d',
  )
