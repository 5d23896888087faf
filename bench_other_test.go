//go:build !unix

package navicert

import "time"

func processorTime() (time.Duration, bool) { return 0, false }
