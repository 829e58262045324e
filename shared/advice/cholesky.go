package advice

import "math"

// root is the lower triangle whose square, by itself transposed, is a matrix.
type root [][]float64

// cholesky factors a symmetric matrix; false where it is not clearly positive definite. With at most eight rows a library would
// be the heavier part.
func cholesky(m [][]float64) (root, bool) {
	l := square(len(m))
	for i := range m {
		for j := 0; j <= i; j++ {
			sum := m[i][j]
			for k := range j {
				sum -= l[i][k] * l[j][k]
			}
			if i != j {
				l[i][j] = sum / l[j][j]
				continue
			}
			if !(sum > 1e-12*m[i][i]) { // also where it is not a number
				return nil, false
			}
			l[i][i] = math.Sqrt(sum)
		}
	}
	return l, true
}

// solve finds x of m*x = b.
func (l root) solve(b []float64) []float64 {
	x := append([]float64(nil), b...)
	for i := range x {
		for k := range i {
			x[i] -= l[i][k] * x[k]
		}
		x[i] /= l[i][i]
	}
	for i := len(x) - 1; i >= 0; i-- {
		for k := i + 1; k < len(x); k++ {
			x[i] -= l[k][i] * x[k]
		}
		x[i] /= l[i][i]
	}
	return x
}
