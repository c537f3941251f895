// How the search ranks: as Sphinx does, but what explains comes before what only mentions a word.
const MENTIONS = /^(changelog|contributing|speed\/|genindex)/;

var Scorer = {
  score: ([page, , anchor, , score]) => score - (MENTIONS.test(page) ? 4 : 0) + (page.startsWith("gallery/") && !anchor ? -1 : 0),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
