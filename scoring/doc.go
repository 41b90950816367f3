// Package scoring turns answers into figures: shares, indices, intervals,
// verdicts, reliability, drivers, charts and forecasts.
//
// Answers go into a Tally, a bag of integer counters that adds up: merging is
// associative, commutative and exact, so any split of the answers, in any
// order, gives the same tally and, to the last digit, the same Document.
// Evaluate reads a tally and never changes it. Nothing here knows of time,
// chance, storage or HTTP.
//
// A figure that does not exist (nobody answered, no variance) is absent: a nil
// pointer in Go, null or a missing key in JSON. It is never 0 %, 100 % or NaN.
package scoring
