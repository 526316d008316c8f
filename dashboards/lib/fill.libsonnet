// Fills a text in: ⟨name⟩ becomes values.name. Jsonnet's own % takes far longer, and braces and % mean something to
// Prometheus' templates. What a value holds is not filled in again: names come from a configuration.
function(text, values)
  local parts = std.split(text, '⟨');
  local filled(part) = (
    local pair = std.splitLimit(part, '⟩', 1);
    std.toString(values[pair[0]]) + pair[1]
  );
  parts[0] + std.join('', [filled(part) for part in parts[1:]])
