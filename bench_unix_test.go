//go:build unix

package navicert

import (
	"syscall"
	"time"
)

// processorTime is what this process has used of all cores: on a machine that
// others share it tells more than the clock.
func processorTime() (time.Duration, bool) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, false
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), true
}
