package attribution

import (
	"fmt"
	"strings"
	"testing"
)

// Ensures what stands for each touch of one click; "type click" in order of time.
func TestSettle(t *testing.T) {
	for _, c := range []struct{ name, touches, want string }{
		{"nothing known", "visit-,click-", "[] []"},
		{"a visit for its click", "click-a,visit-a", "[visit] []"},
		{"a click for the mail's", "email_clicked-a,click-a", "[click] []"},
		{"a visit for both", "email_clicked-a,click-a,visit-a", "[visit click] [visit] []"},
		{"the first of two clicks", "click-a,click-a", "[] [click]"},
		{"later visits stand", "visit-a,visit-a", "[] []"},
		{"an event without a type is a visit", "click-a,-a", "[visit] []"},
		{"another click", "click-a,visit-b", "[] []"},
		{"what is none of these is behind itself", "impression-a,visit-a", "[impression] []"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var touches []Touch
			var clicks []string
			for _, one := range strings.Split(c.touches, ",") {
				kind, click, _ := strings.Cut(one, "-")
				touches, clicks = append(touches, Touch{Type: kind}), append(clicks, click)
			}
			Settle(touches, func(i int) string { return clicks[i] })
			var got []string
			for _, touch := range touches {
				got = append(got, fmt.Sprint(touch.Behind))
			}
			if s := strings.Join(got, " "); s != c.want {
				t.Errorf("got %s, want %s", s, c.want)
			}
		})
	}
}
