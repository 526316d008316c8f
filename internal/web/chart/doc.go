// Package chart lays out the pictures of a figure's history: the value axis, bars with gaps, lines, bands and where their
// labels stand.
//
// It returns coordinates and path data only. Markup, colours, words and the meaning of a value belong to the pages, whose
// template draws a Plot as SVG with classes that the style sheet colours. Chart libraries were tried and not taken: go-analyze/charts,
// gonum/plot and go-chart write a style attribute on every element, which the pages' security policy forbids, fix colours
// and pixels, so that light, dark, paper and large screens would need pictures of their own, and give no names for screen readers.
package chart
