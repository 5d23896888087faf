package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain is the command itself where the environment says so: a process of its
// own that a test can kill.
func TestMain(m *testing.M) {
	if os.Getenv("NAVICERT_TEST_COMMAND") != "" {
		os.Exit(run(os.Args[1:], systemEnv()))
	}
	os.Exit(m.Run())
}

// serve starts a server as a process of its own and returns its address.
func serve(t *testing.T, data string, flags ...string) (address string, process *exec.Cmd) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, flags...)...)
	cmd.Env = append(os.Environ(), "NAVICERT_TEST_COMMAND=1")
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(log)
		for lines.Scan() {
			if m := regexp.MustCompile(`serves (http://\S+)/`).FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
		close(found)
	}()
	address, ok := <-found
	if !ok {
		t.Fatal("the server did not start")
	}
	return address, cmd
}

type batchView struct {
	ID, State, Fault string
	Rows             int
}

func fetch[T any](t *testing.T, method, url string, body io.Reader) (out T) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode >= 300 {
		t.Fatalf("%s %s: %s, %v: %s", method, url, res.Status, err, text)
	}
	if p, ok := any(&out).(*[]byte); ok {
		*p = text
	} else if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// A server that is killed while it answers a file answers it to the end when it is
// started again, with exactly one row for each.
func TestKilledServerResumes(t *testing.T) {
	const rows = 60_000
	data := t.TempDir()
	address, process := serve(t, data)
	var file bytes.Buffer
	fmt.Fprintln(&file, "line,goods,from,to,on,value")
	for i := range rows {
		fmt.Fprintf(&file, "%d,8505.11.00.70,CN,US,2025-06-15,%d USD\n", i, 1000+i)
	}
	b := fetch[batchView](t, "POST", address+"/v1/batches?name=entries.csv&start=true&format=csv", &file)
	for b.State == "queued" || b.State == "running" && b.Rows == 0 {
		time.Sleep(10 * time.Millisecond)
		b = fetch[batchView](t, "GET", address+"/v1/batches/"+b.ID, nil)
	}
	if b.State != "running" {
		t.Fatalf("%+v: it was to be killed while it ran", b)
	}
	if err := process.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	process.Wait()
	if results, _ := filepath.Glob(filepath.Join(data, "batches", b.ID, "result.*")); len(results) > 0 {
		t.Fatalf("there is a result before the end: %v", results)
	}

	address, process = serve(t, data)
	for b.State != "done" {
		time.Sleep(20 * time.Millisecond)
		if b = fetch[batchView](t, "GET", address+"/v1/batches/"+b.ID, nil); b.State == "failed" {
			t.Fatalf("%+v", b)
		}
	}
	result := fetch[[]byte](t, "GET", address+"/v1/batches/"+b.ID+"/result", nil)
	table, err := csv.NewReader(bytes.NewReader(result)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(table) != rows+1 {
		t.Fatalf("%d rows, want %d", len(table)-1, rows)
	}
	for i, row := range table[1:] {
		if row[0] != fmt.Sprint(i) {
			t.Fatalf("row %d is that of line %s", i, row[0])
		}
	}
	if left, _ := filepath.Glob(filepath.Join(data, "batches", b.ID, ".*.partial")); len(left) > 0 {
		t.Errorf("the killed run left %v", left)
	}
	// A second server does not take the directory.
	var errs strings.Builder
	second := testEnv("", nil, io.Discard, &errs)
	if code := run([]string{"serve", "--listen", "127.0.0.1:0", "--data", data}, second); code != exitInput || !strings.Contains(errs.String(), "another navicert serves this directory") {
		t.Errorf("exit code %d: %s", code, &errs)
	}
	// An interrupt ends the first in good order.
	if err := process.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := process.Wait(); err != nil {
		t.Errorf("interrupted: %v", err)
	}
}

// An address that others can reach is refused, with the reason.
func TestServeListensLocally(t *testing.T) {
	for _, address := range []string{":8080", "0.0.0.0:8080", "192.0.2.1:80", "[::]:80", "8080", "example.com:80"} {
		var errs strings.Builder
		code := run([]string{"serve", "--listen", address, "--data", t.TempDir()}, testEnv("", nil, io.Discard, &errs))
		if code != exitUsage || address != "8080" && !strings.Contains(errs.String(), "no sign-in") {
			t.Errorf("%s: exit code %d: %s", address, code, &errs)
		}
	}
	for _, address := range []string{"127.0.0.1:0", "localhost:0", "[::1]:0", "127.8.9.10:80"} {
		if local, err := (&serving{listen: address}).local(); !local || err != nil {
			t.Errorf("%s: %v, %v", address, local, err)
		}
	}
	if local, err := (&serving{listen: ":80", insecure: true}).local(); local || err != nil {
		t.Errorf("--insecure-listen: %v, %v", local, err)
	}
}

// The command speaks the protocol of tools over its standard streams.
func TestMCP(t *testing.T) {
	in := strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}
{"jsonrpc":"2.0","method":"notifications/initialized"}
{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"determine","arguments":{"goods":"8505.11.00.70","from":"CN","to":"US","on":"2025-06-15","value":"10000 USD"}}}
`)
	read, write := io.Pipe()
	defer read.Close()
	ended := make(chan int, 1)
	held, release := io.Pipe() // the input stays open until the answer has come
	go func() { ended <- run([]string{"mcp"}, testEnv("", io.MultiReader(in, held), write, io.Discard)) }()
	lines := bufio.NewScanner(read)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"id":2`) {
			break
		}
	}
	if !strings.Contains(lines.Text(), "EO 14228") || strings.Contains(lines.Text(), `"isError":true`) {
		t.Errorf("%.500s", lines.Text())
	}
	release.Close()
	if code := <-ended; code != exitAnswered {
		t.Errorf("exit code %d", code)
	}
}
