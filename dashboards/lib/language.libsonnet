// A language as boards and rules write it. Its texts are those of the agent, see texts.json; one that is not translated yet is
// shown in the reference language.
local fill = import 'fill.libsonnet';

// The language that has every text. Its names are in the label name, those of another one in name_<code>.
local reference = 'vi';

function(config, code) {
  local own = config.texts[code],
  local texts = if code == reference then own.texts else config.texts[reference].texts + own.texts,

  id: code,
  // What the language calls itself, and how it writes numbers.
  title: own.name,
  decimal: own.decimal,
  percent: own.percent,
  isReference: code == reference,
  nameLabel: if code == reference then 'name' else 'name_' + code,

  // The text of a key; and one in which values.kpi takes the place of ⟨kpi⟩.
  t(key):: texts[key],
  fill(key, values):: fill(texts[key], values),

  // A text of the configuration, by language: another language where this one is missing. Grafana would take $name and
  // [[name]] for a variable, so an invisible character parts the sign from what follows.
  name(text):: (
    local own = std.get(text, code, ''), main = std.get(text, reference, '');
    local others = [text[l] for l in std.objectFields(text) if text[l] != ''] + [''];
    local shown = if own != '' then own else if main != '' then main else others[0];
    std.strReplace(std.strReplace(shown, '$', '$​'), '[[', '[​[')
  ),
}
