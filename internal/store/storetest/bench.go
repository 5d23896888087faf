package storetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/navicert/navicert/internal/licence"
	"github.com/navicert/navicert/internal/quantity"
)

// Bench measures an engine: drawdowns on one hot licence and on a thousand, pages
// of long queues, and the proof of a long log.
func Bench(b *testing.B, e Engine) {
	for _, n := range []int{1, 1000} {
		for _, clients := range []int{1, 4, 16} {
			b.Run(fmt.Sprintf("drawdowns/licences=%d/clients=%d", n, clients), func(b *testing.B) { benchDraw(b, e, n, clients) })
		}
	}
	for _, files := range []int{30_000, 300_000} {
		b.Run(fmt.Sprintf("queue/files=%d", files), func(b *testing.B) { benchQueue(b, e, files) })
	}
	for _, events := range []int{100_000, 1_000_000} {
		b.Run(fmt.Sprintf("audit/events=%d", events), func(b *testing.B) { benchAudit(b, e, events) })
	}
}

func benchDraw(b *testing.B, e Engine, licences, clients int) {
	d := newDesk(b, e)
	for n := range licences {
		d.record(fmt.Sprintf("L%d", n), line("1000000 t", ""))
	}
	var next atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for range clients {
		all.Go(func() {
			for {
				n := next.Add(1)
				if n > int64(b.N) {
					return
				}
				customs := by("customs", licence.Customs)
				customs.Key = fmt.Sprintf("bench %d", n)
				if _, err := d.Do(context.Background(), customs, draw(take(fmt.Sprintf("L%d", n%int64(licences)), 1, "1 kg", ""))); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "drawdowns/s")
}

// benchQueue reads the first page of the officers' queue, with its head. A thousand
// files are real, and the others copies of their rows.
func benchQueue(b *testing.B, e Engine, files int) {
	const real = 1000
	d := newDesk(b, e)
	var orders []licence.Order
	for n := range real {
		id := fmt.Sprintf("bench-%d", n)
		at := by("applicant", licence.Applicant)
		at.At += quantity.Instant(n)
		c := content([]string{"cn.ordinary", "cn.expedited", "cn.green-channel"}[n%3])
		c.Applicant.Name = fmt.Sprintf("Maker %d", n)
		c.Parties[0].Name = fmt.Sprintf("User %d", n)
		orders = append(orders, licence.Order{By: at, Command: &licence.File{ID: id, Content: c, Submit: true}})
		at.Role = licence.Intake
		orders = append(orders, licence.Order{By: at, Command: &licence.Accept{Application: id}})
	}
	for _, r := range d.DoAll(context.Background(), orders) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	e.Spoil(b, d.store, fmt.Sprintf(`WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < %d)
		INSERT INTO desk_file SELECT id || '-' || n, authority, side, stage, queue, lane, turn + n * 1000, since + n * 1000, submitted, decided, outcome, officer, lease,
		applicant, end_user, goods, country, item, alike_a + n, alike_b + n, features FROM desk_file, copies WHERE true`, files/real-1))
	e.Spoil(b, d.store, "DELETE FROM desk_count")
	e.Spoil(b, d.store, "INSERT INTO desk_count SELECT authority, queue, lane, count(*) FROM desk_file GROUP BY authority, queue, lane")
	authorities, err := licence.Authorities()
	if err != nil {
		b.Fatal(err)
	}
	at := now + 86400*30
	b.ResetTimer()
	for b.Loop() {
		d.view(func(ctx context.Context, r licence.Reader) error {
			p, err := licence.ReadPage(ctx, r, authorities[0], licence.FileQuery{Queue: licence.QueueReview, Limit: 50, At: at}, at)
			if p.Pending != files || len(p.Files) == 0 {
				b.Fatalf("%d pending, %d files on the page", p.Pending, len(p.Files))
			}
			return err
		})
	}
}

// benchAudit proves a log and all that comes of it.
func benchAudit(b *testing.B, e Engine, events int) {
	d := newDesk(b, e)
	d.record("L1", line("1000000 t", ""))
	var orders []licence.Order
	for n := 1; n < events; n += 2 {
		customs := by("customs", licence.Customs)
		customs.Key = fmt.Sprintf("bench %d", n)
		orders = append(orders, licence.Order{By: customs, Command: draw(take("L1", 1, "1 g", ""))})
	}
	for _, r := range d.DoAll(context.Background(), orders) {
		if r.Err != nil {
			b.Fatal(r.Err)
		}
	}
	for _, chain := range []bool{true, false} {
		name := map[bool]string{true: "chain", false: "all"}[chain]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				report, err := licence.Audit(context.Background(), d.store, licence.AuditOptions{ChainOnly: chain})
				if err != nil || len(report.Faults) > 0 || report.Events < int64(events) {
					b.Fatalf("%d events, %v (%v)", report.Events, report.Faults, err)
				}
			}
			b.ReportMetric(float64(b.N)*float64(events)/b.Elapsed().Seconds(), "events/s")
		})
	}
}
