package advice

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// golden is a case of testdata/curves.json, which testdata/curves.py makes with statsmodels.
type golden struct {
	Name     string    `json:"name"`
	At       float64   `json:"at"`
	Groups   int       `json:"groups"`
	Spend    []float64 `json:"spend"`
	Yield    []float64 `json:"yield"`
	Group    []int     `json:"group"`
	Theta    []float64 `json:"theta"`
	SE       []float64 `json:"se"`
	Marginal float64   `json:"marginal"`
	MargSE   float64   `json:"marginal_se"`
	Student  float64   `json:"student"`
}

func (g *golden) points() []point {
	list := make([]point, len(g.Spend))
	for i := range list {
		list[i] = point{g.Spend[i], g.Yield[i], g.Group[i]}
	}
	return list
}

func goldens(t *testing.T) []golden {
	t.Helper()
	raw, err := os.ReadFile("testdata/curves.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []golden
	if err := json.Unmarshal(raw, &list); err != nil || len(list) < 8 {
		t.Fatalf("%d cases: %v", len(list), err)
	}
	return list
}

// The estimate, its HC3 standard errors, the marginal yield with its own and Student's quantile are those that statsmodels and
// SciPy compute.
func TestFitIsThatOfStatsmodels(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.Name, func(t *testing.T) {
			c, err := fit(g.points(), g.Groups, g.At)
			if err != nil {
				t.Fatal(err)
			}
			for i := range g.Theta {
				near(t, "theta", c.theta[i], g.Theta[i])
				near(t, "standard error", math.Sqrt(c.cov[i][i]), g.SE[i])
			}
			value, se := c.marginal()
			near(t, "marginal", value, g.Marginal)
			near(t, "its standard error", se, g.MargSE)
			near(t, "Student's t", student(c.free), g.Student)
		})
	}
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-7*max(1, math.Abs(want))) {
		t.Errorf("%s: got %.10g, want %.10g", what, got, want)
	}
}

// The same days give the same bits.
func TestFitIsReproducible(t *testing.T) {
	g := goldens(t)[4]
	first, err := fit(g.points(), g.Groups, g.At)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := fit(g.points(), g.Groups, g.At)
		if err != nil || !slices.Equal(first.theta, again.theta) || !slices.EqualFunc(first.cov, again.cov, slices.Equal) {
			t.Fatalf("%v: %v is not %v", err, again, first)
		}
	}
}

// What the days do not determine is refused, and not guessed.
func TestUnfit(t *testing.T) {
	same := func(n int, spend, yield float64) (list []point) {
		for range n {
			list = append(list, point{spend: spend, yield: yield})
		}
		return list
	}
	for _, c := range []struct {
		name   string
		points []point
		groups int
	}{
		{"no days", nil, 1},
		{"as many days as unknowns", []point{{1, 1, 0}, {2, 2, 0}}, 1},
		{"spend never varied", same(20, 5, 3), 1},
		{"nothing ever came", same(20, 5, 0), 1},
		{"a group without days", same(20, 5, 1), 2},
		{"something came on the dearest day alone", append(same(20, 5, 0), point{spend: 9, yield: 1}), 1},
		{"given back more than came", same(20, 5, -1), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := fit(c.points, c.groups, 5); err == nil {
				t.Errorf("got %v, want an error", got.theta)
			}
		})
	}
}

// world makes days of a campaign whose truth is known: yield 4 * 50 * (spend/50)^elasticity, with noise whose coefficient of
// variation is 1/sqrt(shape).
func world(r *rand.Rand, days int, elasticity, swing float64, shape int, weekdays bool) []point {
	effect := [7]float64{1, 1.1, 0.9, 1.2, 1, 0.7, 0.6}
	list := make([]point, days)
	for d := range list {
		p := point{spend: 50 * math.Exp(swing*r.NormFloat64())}
		mean := 4 * 50 * math.Pow(p.spend/50, elasticity)
		if weekdays {
			p.group = d % 7
			mean *= effect[p.group]
		}
		for range shape { // a gamma variable as a sum of exponential ones
			p.yield += mean / float64(shape) * r.ExpFloat64()
		}
		list[d] = p
	}
	return list
}

// Of many worlds whose marginal yield is known, about nine in ten have it within the interval.
func TestIntervalsHoldTheTruth(t *testing.T) {
	const worlds = 1000
	for _, c := range []struct {
		name              string
		days              int
		elasticity, swing float64
		shape             int
		weekdays          bool
		least             float64
	}{
		{"two weeks", 14, 0.6, 0.3, 4, false, 0.84},
		{"six weeks", 42, 0.5, 0.3, 4, true, 0.86},
		{"eight weeks", 56, 0.8, 0.4, 4, true, 0.87},
		{"eight weeks, wild", 56, 0.3, 0.4, 1, true, 0.86},
		{"nothing comes of more", 56, 0, 0.3, 4, false, 0.87},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, held := rand.New(rand.NewPCG(7, 11)), 0
			groups, level := 1, 1.0
			if c.weekdays {
				groups, level = 7, 6.5/7
			}
			for range worlds {
				f, err := fit(world(r, c.days, c.elasticity, c.swing, c.shape, c.weekdays), groups, 50)
				if err != nil {
					t.Fatal(err)
				}
				value, se := f.marginal()
				if math.Abs(value-c.elasticity*4*level) <= student(f.free)*se {
					held++
				}
			}
			share := float64(held) / worlds
			t.Logf("%.1f %% of the intervals hold the truth", 100*share)
			if share < c.least || share > 0.94 {
				t.Errorf("%.3f of the intervals hold the truth, want about %.2f", share, Level)
			}
		})
	}
}
