// What differs between the languages. A board is written once, with both texts side by side: t('Đơn vị', 'Unit').
function(language) {
  id: language,
  t(vi, en):: if language == 'vi' then vi else en,
  // A text of the configuration ({vi, en}): the other language where one is missing. Grafana would take $name and [[name]] for
  // a variable, so an invisible character parts the sign from what follows.
  name(text):: (
    local own = std.get(text, language, ''), other = std.get(text, if language == 'vi' then 'en' else 'vi', '');
    std.strReplace(std.strReplace(if own != '' then own else other, '$', '$​'), '[[', '[​[')
  ),
}
