package scoring

import "math"

// FurtherForVerdict estimates how many more answers a verdict needs (còn cần
// bao nhiêu phiếu để kết luận) if the share stays as it is: the least m such
// that Explain would say met or not met for n+m answers with the share x/n. It
// is 0 where there is a verdict already. ok is false where there is no share,
// and where it equals the target or is so close that a hundred million answers
// would not do.
func FurtherForVerdict(x, n int64, target float64) (m int64, ok bool) {
	if !countable(x, n) {
		return 0, false
	}
	p := float64(x) / float64(n)
	decided := func(m int64) bool {
		total := float64(n + m)
		if total < MinAnswers {
			return false
		}
		prob := probAtLeast(p*total, total, target)
		return prob >= Certainty || prob <= 1-Certainty
	}
	if decided(0) {
		return 0, true
	}
	hi := int64(1)
	for !decided(hi) {
		if hi > 100_000_000 || math.IsNaN(p) {
			return 0, false
		}
		hi *= 2
	}
	lo := hi / 2 // not decided, or 0
	for lo+1 < hi {
		if mid := lo + (hi-lo)/2; decided(mid) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return hi, true
}
