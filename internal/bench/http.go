package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/navicert/navicert"
	"github.com/navicert/navicert/internal/sample"
)

// load is a stream of requests at a steady rate.
type load struct {
	program, detail string
	rate, seconds   int
	clients         int
	seed            uint64
}

// loadHTTP starts a server as a process of its own, on this machine, and asks it
// at a steady rate. A request has its place in time whether or not those before
// it are answered, and its latency counts from there: a server that falls behind
// shows it.
func loadHTTP(args []string) error {
	l := load{}
	f := flag.NewFlagSet("http", flag.ContinueOnError)
	f.StringVar(&l.program, "program", "bin/navicert", "the program to serve with")
	f.StringVar(&l.detail, "detail", "summary", "summary or full")
	f.IntVar(&l.rate, "rate", 2000, "requests a second, at most 20000")
	f.IntVar(&l.seconds, "seconds", 10, "how long, at most 120")
	f.IntVar(&l.clients, "clients", 64, "connections")
	f.Uint64Var(&l.seed, "seed", 20250615, "of the cases")
	if err := f.Parse(args); err != nil {
		return err
	}
	if l.rate < 1 || l.rate > 20_000 || l.seconds < 1 || l.seconds > 120 || l.clients < 1 || l.clients > 1000 {
		return errors.New("http: --rate is from 1 to 20000, --seconds from 1 to 120, --clients from 1 to 1000")
	}
	bodies, err := l.cases(min(l.rate*l.seconds, 20_000))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	address, err := l.serve(ctx)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: l.clients, MaxConnsPerHost: l.clients, DisableCompression: true}, Timeout: 30 * time.Second}
	url := address + "/v1/determinations?detail=" + l.detail
	for _, b := range bodies[:min(2000, len(bodies))] { // what a server has seen on a day of work
		if err := ask(client, url, b); err != nil {
			return err
		}
	}
	times, failed, took := l.run(client, url, bodies)
	l.report(os.Stdout, times, failed, took)
	if failed > 0 {
		return fmt.Errorf("http: %d requests failed", failed)
	}
	return nil
}

// cases draws the bodies of the requests.
func (l *load) cases(n int) ([][]byte, error) {
	e, err := navicert.OpenEmbedded()
	if err != nil {
		return nil, err
	}
	g, err := sample.New(sample.Options{Seed: l.seed, Since: since, Until: until, Goods: counted(e)})
	if err != nil {
		return nil, err
	}
	out := make([][]byte, n)
	var line sample.Line
	for i := range out {
		g.Next(&line)
		quantities := []string{line.Weight + " kg"}
		if line.Unit != "" {
			quantities = append(quantities, line.Quantity+" "+line.Unit)
		}
		out[i], err = json.Marshal(map[string]any{"goods": line.Goods, "from": line.From, "origin": line.Origin, "to": "US", "on": line.Day,
			"value": line.Value + " USD", "quantity": quantities, "only": "import", "closed": true})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// serve starts the server, which ends with the context, and returns its address.
func (l *load) serve(ctx context.Context) (string, error) {
	data, err := os.MkdirTemp("", "navicert-bench-*")
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, l.program, "serve", "--listen", "127.0.0.1:0", "--data", data)
	log, err := cmd.StderrPipe()
	if err != nil {
		return "", err
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("%w (make build makes it)", err)
	}
	context.AfterFunc(ctx, func() { os.RemoveAll(data) })
	lines := bufio.NewScanner(log)
	said := regexp.MustCompile(`serves (http://\S+)/`)
	for lines.Scan() {
		if m := said.FindStringSubmatch(lines.Text()); m != nil {
			go io.Copy(io.Discard, log) // of the log of requests nothing is kept
			host, _, err := net.SplitHostPort(strings.TrimPrefix(m[1], "http://"))
			if ip := net.ParseIP(host); err != nil || !ip.IsLoopback() {
				return "", fmt.Errorf("%s is not this machine", m[1])
			}
			return m[1], nil
		}
	}
	return "", errors.New("the server did not start")
}

func ask(client *http.Client, url string, body []byte) error {
	res, err := client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if _, err := io.Copy(io.Discard, res.Body); err != nil {
		return err
	}
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", res.Status, body)
	}
	return nil
}

// run sends the requests, each at its time.
func (l *load) run(client *http.Client, url string, bodies [][]byte) (times []time.Duration, failed int, took time.Duration) {
	n := l.rate * l.seconds
	times = make([]time.Duration, n)
	next := make(chan int, n)
	var mu sync.Mutex
	var wg sync.WaitGroup
	begin := time.Now()
	at := func(i int) time.Time { return begin.Add(time.Duration(i) * time.Second / time.Duration(l.rate)) }
	for range l.clients {
		wg.Go(func() {
			for i := range next {
				err := ask(client, url, bodies[i%len(bodies)])
				times[i] = time.Since(at(i))
				if err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	for i := range n {
		if wait := time.Until(at(i)); wait > 0 {
			time.Sleep(wait)
		}
		next <- i
	}
	close(next)
	wg.Wait()
	return times, failed, time.Since(begin)
}

// report writes quantiles and a histogram.
func (l *load) report(w io.Writer, times []time.Duration, failed int, took time.Duration) {
	slices.Sort(times)
	quantile := func(q float64) time.Duration { return times[min(int(q*float64(len(times))), len(times)-1)] }
	fmt.Fprintf(w, "POST /v1/determinations?detail=%s, %d requests, %d a second wanted, %.0f reached, %d failed, %d processors shared with the load\n",
		l.detail, len(times), l.rate, float64(len(times))/took.Seconds(), failed, runtime.NumCPU())
	for _, q := range []float64{.5, .9, .99, .999, 1} {
		fmt.Fprintf(w, "  p%-5.4g %8.3f ms\n", q*100, float64(quantile(q).Microseconds())/1000)
	}
	from := 0
	for _, edge := range []float64{.25, .5, 1, 2, 5, 10, 20, 50, 100, 1000, 1e9} { // ms
		to := from
		for to < len(times) && float64(times[to].Microseconds()) < edge*1000 {
			to++
		}
		if to > from {
			name := fmt.Sprintf("below %g ms", edge)
			if edge == 1e9 {
				name = "above"
			}
			fmt.Fprintf(w, "  %-14s %8d %s\n", name, to-from, strings.Repeat("#", 1+60*(to-from)/len(times)))
		}
		from = to
	}
}
