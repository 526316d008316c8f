// All boards by file name: in all languages, or, for whoever renders the languages side by side, in one.
{
  grafanaDashboardsIn(code):: (
    local figures = (import 'lib/figures.libsonnet')($._config, (import 'lib/language.libsonnet')($._config, code));
    local boards = {
      overview: (import 'boards/overview.libsonnet')(figures),
      unit: (import 'boards/unit.libsonnet')(figures),
      procedure: (import 'boards/procedure.libsonnet')(figures),
      quality: (import 'boards/quality.libsonnet')(figures),
      wall: (import 'boards/wall.libsonnet')(figures),
    } + (import 'boards/topics.libsonnet')(figures);
    { [board.uid + '.json']: board for board in std.objectValues(boards) }
  ),
  grafanaDashboards+:: std.foldl(function(all, code) all + $.grafanaDashboardsIn(code), $._config.languages, {}),
}
