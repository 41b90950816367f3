package scoring

import "math"

// Bounds returns what a reader of a table of x satisfied of n can work out of
// every hidden cell from what is shown: the least and the greatest n it can
// have, 2⁴⁰ and more if nothing bounds it. For cells that are shown both are n. The last row and column are the
// totals.
func (s *Suppression) Bounds(x, n [][]int64) (lo, hi [][]int64) {
	t := newShown(x, n)
	hidden := make([][]bool, len(t.x.v))
	for i := range s.Cells {
		hidden[i] = append(append([]bool{}, s.Cells[i]...), s.Rows[i])
	}
	hidden[len(hidden)-1] = append(append([]bool{}, s.Columns...), s.Total)
	lo, hi = make([][]int64, len(hidden)), make([][]int64, len(hidden))
	for i := range hidden {
		for j := range hidden[i] {
			l, h := t.value(i, j), t.value(i, j)
			if hidden[i][j] {
				l, h = t.bounds(hidden, i, j)
			}
			lo[i], hi[i] = append(lo[i], l), append(hi[i], h)
		}
	}
	return lo, hi
}

// bounds gives the exact range of a hidden cell over all tables of counts that
// agree with what is shown. Such a table differs from the true one by moving
// counts around cycles of hidden cells, so the most that (i, j) can grow is the
// greatest flow from its row to its column through the other hidden cells:
// forwards a cell shrinks, by at most what it holds, backwards it grows.
func (t frame) bounds(hidden [][]bool, i, j int) (lo, hi int64) {
	v := t.v[i][j]
	grow := t.flow(hidden, i, j, true)
	shrink := min(v, t.flow(hidden, i, j, false))
	lo, hi = v-shrink, v+grow
	if r, c := len(t.v)-1, len(t.v[0])-1; (i == r) != (j == c) {
		lo, hi = t.big-hi, t.big-lo
	}
	return max(lo, 0), hi
}

// endless stands for a capacity without limit.
const endless = math.MaxInt64 / 4

// flow is the greatest flow from row i to column j that does not use cell
// (i, j), by shortest augmenting paths.
func (t frame) flow(hidden [][]bool, i, j int, shrinkForward bool) int64 {
	rows, cols := len(hidden), len(hidden[0])
	nodes := rows + cols
	room := make([][]int64, nodes)
	for k := range room {
		room[k] = make([]int64, nodes)
	}
	for r := range hidden {
		for c := range hidden[r] {
			if !hidden[r][c] || (r == i && c == j) {
				continue
			}
			shrink, grow := t.v[r][c], int64(endless)
			if shrinkForward {
				room[r][rows+c], room[rows+c][r] = shrink, grow
			} else {
				room[r][rows+c], room[rows+c][r] = grow, shrink
			}
		}
	}
	var total int64
	from := make([]int, nodes)
	for total < endless {
		if !augmentingPath(room, i, rows+j, from) {
			break
		}
		push := int64(endless)
		for v := rows + j; v != i; v = from[v] {
			push = min(push, room[from[v]][v])
		}
		for v := rows + j; v != i; v = from[v] {
			room[from[v]][v] -= push
			room[v][from[v]] = min(room[v][from[v]]+push, endless)
		}
		total += push
	}
	return min(total, endless)
}

// augmentingPath searches breadth first and leaves the way back in from.
func augmentingPath(room [][]int64, source, sink int, from []int) bool {
	for k := range from {
		from[k] = -1
	}
	from[source] = source
	queue := []int{source}
	for len(queue) > 0 {
		u := queue[0]
		queue = queue[1:]
		for v, r := range room[u] {
			if r > 0 && from[v] < 0 {
				from[v] = u
				if v == sink {
					return true
				}
				queue = append(queue, v)
			}
		}
	}
	return false
}
