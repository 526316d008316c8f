// Màn hình lớn: a board without controls, for a screen on a wall. Open it with ?kiosk.
function(figures)
  local config = figures.config, t = figures.language.t;
  local signal = figures.signal, b = figures.board, root = figures.promql.root;
  b.board(
    'wall',
    { vi: 'Màn hình lớn', en: 'Wall screen' },
    t('Cho màn hình treo tường: không có nút nào, tự làm mới mỗi phút. Mở với ?kiosk ở cuối địa chỉ.', 'For a screen on a wall: no controls, renewed every minute. Open it with ?kiosk at the end of the address.'),
    [
      b.section('', [[figures.tile(s, root, 'year', 6), 6, 6] for s in signal.leading[:8]]),
      b.section('', [[figures.states(signal.leading[:config.columns], 'year'), 24, 10], [figures.tally(signal.leading, 'year'), 18, 4], [figures.asOf(root), 6, 4]]),
    ],
    wall=true,
  )
