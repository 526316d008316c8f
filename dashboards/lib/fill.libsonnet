// Fills a text in: ⟨name⟩ stands for values.name. Jsonnet's own % takes far longer, and braces and % mean something to
// Prometheus' templates.
function(text, values)
  std.foldl(function(filled, name) std.strReplace(filled, '⟨' + name + '⟩', std.toString(values[name])), std.objectFields(values), text)
