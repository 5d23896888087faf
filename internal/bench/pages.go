package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// page is an address that people look at, and the time within which it is to come.
type page struct {
	name, path string // %d in a path is another number each time
	under      time.Duration
}

const (
	answersUnder = 50 * time.Millisecond
	listsUnder   = 100 * time.Millisecond
	firstUnder   = time.Second
)

// pages are those of a server, with all packs.
var pages = []page{
	{"ask, a magnet with open facts", "/ask?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=%d+USD", answersUnder},
	{"ask, bolts with open facts", "/ask?goods=7318.15.20.61&from=CN&to=US&on=2025-06-16&known=2025-06-16&value=%d+USD", answersUnder},
	{"ask, a table of list 3", "/ask?goods=9403.60.80.40&from=CN&to=US&on=2025-06-15&known=2026-08-01&value=%d+USD", answersUnder},
	{"ask, a car of Germany", "/ask?goods=8703.23.01.90&from=DE&to=US&on=2025-09-15&known=2026-08-01&value=%d+USD", answersUnder},
	{"ask, a controlled chip", "/ask?from=US&to=CN&origin=US&on=2025-06-15&known=2025-06-15&only=export&f.goods.eccn=3A090.a&value=%d+USD", answersUnder},
	{"ask, goods in words", "/ask?goods=permanent+magnet&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=%d+USD", answersUnder},
	{"ask, for paper", "/ask/print?goods=8505.11.00.70&from=CN&to=US&on=2025-06-15&known=2025-06-15&value=%d+USD", answersUnder},
	{"timeline since 2018", "/timeline?goods=9403.60.80.40&from=CN&to=US&on=2025-06-15&known=2026-08-01&since=2018-01-01&until=2027-06-01", 0},
	{"compare, two days", "/compare?goods=7318.15.20.61&from=CN&to=US&on=2025-06-03&known=2026-08-01&on2=2025-06-04&value=%d+USD", 0},
	{"front", "/", listsUnder},
	{"law", "/law", listsUnder},
	{"law, search", "/law?q=magnet", listsUnder},
	{"law, measures in force", "/law/measures", listsUnder},
	{"law, all measures", "/law/measures?all=true", listsUnder},
	{"law, a measure", "/law/measures/us.ieepa.reciprocal.cn", listsUnder},
	{"law, instruments", "/law/instruments", listsUnder},
	{"law, a pack", "/law/packs/us-tariff", listsUnder},
	{"law, a list of goods", "/law/lists/us.301.list-3", listsUnder},
	{"law, facts", "/law/facts", listsUnder},
	{"files", "/files", listsUnder},
	{"api, all measures", "/v1/measures?all=true&limit=1000", listsUnder},
	{"api, all instruments", "/v1/instruments?limit=1000", listsUnder},
	{"api, goods in words", "/v1/goods?q=permanent+magnet", listsUnder},
}

// measurePages starts a server and asks for each page by itself, again and again,
// and for long results, of which it measures when they begin.
func measurePages(args []string) error {
	l := load{}
	f := flag.NewFlagSet("pages", flag.ContinueOnError)
	f.StringVar(&l.program, "program", "bin/navicert", "the program to serve with")
	f.Uint64Var(&l.seed, "seed", 20250615, "of the cases")
	times := f.Int("times", 30, "how often each page is asked for, at least 2")
	rows := f.Int("rows", 100_000, "of a long result")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *times < 2 || *rows < 1 || *rows > 1_000_000 {
		return errors.New("pages: --times is 2 or more, --rows from 1 to 1000000")
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	address, err := l.serve(ctx)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	if err := pageTable(client, address, *times); err != nil {
		return err
	}
	bodies, err := l.cases(min(*rows, 20_000))
	if err != nil {
		return err
	}
	return firstBytes(client, address, bodies, *rows)
}

// pageTable writes a row for each page. The first time is with nothing remembered
// of it.
func pageTable(client *http.Client, address string, times int) error {
	ms := func(d time.Duration) string { return fmt.Sprintf("%.1f", float64(d.Microseconds())/1000) }
	fmt.Printf("%-32s %9s %9s %9s %9s %8s\n", "page", "first ms", "median ms", "slowest", "aim ms", "KiB")
	for _, p := range pages {
		var took []time.Duration
		size := 0
		for i := range times {
			path := p.path
			if strings.Contains(path, "%d") {
				path = fmt.Sprintf(path, 10_000+i)
			}
			begin := time.Now()
			text, err := fetch(client, address+path)
			if err != nil {
				return err
			}
			took, size = append(took, time.Since(begin)), len(text)
		}
		first := took[0]
		again := took[1:]
		slices.Sort(again)
		aim := ""
		if p.under > 0 {
			aim = ms(p.under)
		}
		fmt.Printf("%-32s %9s %9s %9s %9s %8d\n", p.name, ms(first), ms(again[len(again)/2]), ms(again[len(again)-1]), aim, size>>10)
	}
	return nil
}

func fetch(client *http.Client, url string) ([]byte, error) {
	res, err := client.Get(url)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", url, res.Status)
	}
	return text, err
}

// firstBytes writes when long results begin: streams of answers, which are not
// read further, and files of answers.
func firstBytes(client *http.Client, address string, bodies [][]byte, rows int) error {
	report := func(what string, first time.Duration) {
		fmt.Printf("first byte of %d rows, %-28s %9.1f ms, aim %d ms\n", rows, what, float64(first.Microseconds())/1000, firstUnder.Milliseconds())
	}
	var lines bytes.Buffer
	for i := range rows {
		lines.Write(bodies[i%len(bodies)])
		lines.WriteByte('\n')
	}
	for _, detail := range []string{"summary", "full"} {
		begin := time.Now()
		res, err := client.Post(address+"/v1/determinations?detail="+detail, "application/x-ndjson", bytes.NewReader(lines.Bytes()))
		if err != nil {
			return err
		}
		_, err = io.ReadFull(res.Body, make([]byte, 1))
		report("a stream, detail="+detail, time.Since(begin))
		res.Body.Close()
		if err != nil {
			return err
		}
	}
	for _, format := range []string{"csv", "parquet"} {
		result, took, err := answered(client, address, bodies, rows, format)
		if err != nil {
			return err
		}
		begin := time.Now()
		res, err := client.Get(result)
		if err != nil {
			return err
		}
		_, err = io.ReadFull(res.Body, make([]byte, 1))
		report(fmt.Sprintf("a file, %s (%.1f s to answer)", format, took.Seconds()), time.Since(begin))
		res.Body.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

// answered has a file of cases answered, and returns the address of the result.
func answered(client *http.Client, address string, bodies [][]byte, rows int, format string) (result string, took time.Duration, err error) {
	var file bytes.Buffer
	file.WriteString("goods,from,origin,to,on,value\n")
	for i := range rows {
		var c struct{ Goods, From, Origin, To, On, Value string }
		if err := json.Unmarshal(bodies[i%len(bodies)], &c); err != nil {
			return "", 0, err
		}
		fmt.Fprintf(&file, "%s,%s,%s,%s,%s,%s\n", c.Goods, c.From, c.Origin, c.To, c.On, c.Value)
	}
	begin := time.Now()
	res, err := client.Post(address+"/v1/batches?name=entries.csv&start=true&format="+format, "text/csv", &file)
	if err != nil {
		return "", 0, err
	}
	var b struct{ ID, State, Fault string }
	err = json.NewDecoder(res.Body).Decode(&b)
	res.Body.Close()
	for err == nil && b.State != "done" {
		if b.State != "queued" && b.State != "running" {
			return "", 0, fmt.Errorf("the file is %s: %s", b.State, b.Fault)
		}
		time.Sleep(50 * time.Millisecond)
		var text []byte
		if text, err = fetch(client, address+"/v1/batches/"+b.ID); err == nil {
			err = json.Unmarshal(text, &b)
		}
	}
	return address + "/v1/batches/" + b.ID + "/result", time.Since(begin), err
}
