// Colours that people with any colour vision can tell apart (Okabe and Ito). There is always a word beside them.
{
  good: '#009E73',
  warn: '#E69F00',
  bad: '#D55E00',
  plain: '#0072B2',
  light: '#56B4E9',
  none: '#8E8E8E',
  stale: '#5F5F5F',
}
