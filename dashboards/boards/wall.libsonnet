// Màn hình lớn: a board without controls, for a screen on a wall. Open it with ?kiosk.
function(figures)
  local config = figures.config;
  local signal = figures.signal, b = figures.board, root = figures.promql.root;
  b.board(
    'wall',
    [
      b.section('', [[figures.tile(s, root, 'year', 6), 6, 6] for s in signal.leading[:8]]),
      b.section('', [
        [figures.states(signal.leading[:config.columns], 'year'), 24, 10],
        [figures.tally(signal.leading, 'year'), 18, 4],
        [figures.asOf(root), 6, 4],
      ]),
    ],
    wall=true,
  )
