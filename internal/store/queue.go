package store

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
)

// Queue has jobs worked on that outlive the process. A job is a name: what it
// stands for is kept elsewhere. It is worked on at least once, and perhaps by two
// at once where a process died: whoever works has to look first whether anything
// is left to do.
type Queue[T any] struct {
	client *river.Client[T]
}

// Task is a job as River keeps it.
type Task struct {
	Name string `json:"name"`
}

// Kind is River's name of all jobs of a [Queue].
func (Task) Kind() string { return "navicert" }

// InsertOpts gives up after some attempts, each some seconds later than the one
// before.
func (Task) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 5} }

// Work does what a job stands for. last tells that it is not tried again where it
// fails.
type Work func(ctx context.Context, name string, last bool) error

type worker struct {
	river.WorkerDefaults[Task]
	work Work
}

func (w *worker) Work(ctx context.Context, job *river.Job[Task]) error {
	return w.work(ctx, job.Args.Name, job.Attempt >= job.MaxAttempts)
}

// Timeout is none: a large file takes as long as it takes.
func (w *worker) Timeout(*river.Job[Task]) time.Duration { return -1 }

// NewQueue makes a queue on the driver of a database that has River's tables.
func NewQueue[T any](driver riverdriver.Driver[T], log *slog.Logger, workers int, work Work) (*Queue[T], error) {
	all := river.NewWorkers()
	if err := river.AddWorkerSafely(all, &worker{work: work}); err != nil {
		return nil, err
	}
	client, err := river.NewClient(driver, &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}}, Workers: all, Logger: log,
		JobTimeout: -1, RescueStuckJobsAfter: 24 * time.Hour,
	})
	if err != nil {
		return nil, fmt.Errorf("job queue: %w", err)
	}
	return &Queue[T]{client}, nil
}

// Start begins to work.
func (q *Queue[T]) Start(ctx context.Context) error { return q.client.Start(ctx) }

// Stop ends: jobs that run are told so by their context, and are tried again
// after the next start.
func (q *Queue[T]) Stop(ctx context.Context) error { return q.client.StopAndCancel(ctx) }

// Add has a job worked on.
func (q *Queue[T]) Add(ctx context.Context, name string) error {
	_, err := q.client.Insert(ctx, Task{Name: name}, nil)
	return err
}
