package server

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/http.md run as they stand, but for the address.
func TestExamplesOfTheDocumentation(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "http.md"))
	if err != nil {
		t.Fatal(err)
	}
	h := newServer(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "entries.csv"), []byte("HTS,Origin,From,Entry date,Value\n8505.11.00.70,CN,CN,2025-06-15,10000\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	tools := map[string]func(code string) *exec.Cmd{
		"sh": func(code string) *exec.Cmd { return exec.Command("sh", "-c", code) },
		"go": func(code string) *exec.Cmd {
			file := filepath.Join(dir, "example.go")
			if err := os.WriteFile(file, []byte(code), 0o666); err != nil {
				t.Fatal(err)
			}
			return exec.Command("go", "run", file)
		},
		"python": func(code string) *exec.Cmd { return exec.Command("python3", "-c", code) },
	}
	wants := map[string][]string{"sh": {`"outcome":"refer"`, `"state":"queued"`}, "go": {"refer 3210.00"}, "python": {"refer 3210.00"}}
	needs := map[string]string{"sh": "curl", "go": "go", "python": "python3"}
	for _, m := range regexp.MustCompile("(?s)```(sh|go|python)\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		language, code := m[1], strings.ReplaceAll(m[2], "localhost:8080", strings.TrimPrefix(h.URL, "http://"))
		want := wants[language][0]
		wants[language] = wants[language][1:]
		t.Run(language, func(t *testing.T) {
			if _, err := exec.LookPath(needs[language]); err != nil {
				t.Skipf("%s is not here", needs[language])
			}
			cmd := tools[language](code)
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err != nil || !strings.Contains(string(out), want) {
				t.Errorf("%v: %s\ngave %s, which has no %s", err, code, out, want)
			}
		})
	}
	for language, left := range wants {
		if len(left) > 0 {
			t.Errorf("%s: no example gives %v", language, left)
		}
	}
}

// Whatever is sent, the answer is JSON: an answer, or a problem that says why not.
func FuzzDetermine(f *testing.F) {
	for _, seed := range []string{magnet, "[" + magnet + "]", `{"lines":[{}]}`, `{"goods":1e400,"facts":{"a":[]}}`, `[[[`, `"\ud800"`, "{\"goods\":\"\x00\"}", `{"quantity":[1,{}]}`, magnet + "\n" + magnet} {
		f.Add([]byte(seed), false)
		f.Add([]byte(seed), true)
	}
	s := serverOn(f, f.TempDir())
	f.Fuzz(func(t *testing.T, body []byte, stream bool) {
		r := httptest.NewRequest("POST", "http://localhost/v1/determinations?detail=summary", bytes.NewReader(body))
		media := mediaJSON
		if stream {
			media = mediaNDJSON
		}
		r.Header.Set("Content-Type", media)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code >= http.StatusInternalServerError {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		for _, line := range bytes.Split(bytes.TrimSpace(w.Body.Bytes()), []byte("\n")) {
			if len(line) > 0 && !json.Valid(line) {
				t.Fatalf("%d: not JSON: %s", w.Code, line)
			}
		}
		if w.Code != http.StatusOK {
			var p Problem
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Detail == "" {
				t.Fatalf("%v: %s", err, w.Body)
			}
		}
	})
}
