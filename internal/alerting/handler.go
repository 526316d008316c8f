package alerting

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
)

// maxRequest bounds what is read of a request.
const maxRequest = 64 << 10

// SilenceRequest asks for a silence.
type SilenceRequest struct {
	Labels  map[string]string `json:"labels"`
	For     string            `json:"for"` // a duration as Prometheus writes it: 90m, 2h, 2d
	Author  string            `json:"author"`
	Comment string            `json:"comment"`
}

// SilenceAnswer is what there is to say of a silence that was made.
type SilenceAnswer struct {
	ID string `json:"id"`
	// Alerts is how many alerts of the moment it holds for: with none, its labels may be wrong.
	Alerts int `json:"alerts"`
	// Warning says what is wrong with a silence that is in force: that it is not saved; "" where nothing is.
	Warning string `json:"warning,omitempty"`
}

// Handler serves what kpiagent alerts asks for: GET /-/alerts, POST /-/silences, DELETE /-/silences/{id}. The page of another
// site cannot have a browser change anything. current returns the engine that works, and trouble what is wrong with the alerts;
// all answers are 503 where no engine works although one should.
func Handler(current func() *Engine, trouble func() error) http.Handler {
	mux := http.NewServeMux()
	with := func(serve func(*Engine, http.ResponseWriter, *http.Request)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			e := current()
			if e == nil {
				if err := trouble(); err != nil {
					refuse(w, http.StatusServiceUnavailable, err)
					return
				}
				refuse(w, http.StatusNotFound, errors.New("the agent does not send alerts itself: alerts.engine is not builtin"))
				return
			}
			serve(e, w, r)
		}
	}
	mux.HandleFunc("GET /-/alerts", with(func(e *Engine, w http.ResponseWriter,
		r *http.Request) {
		e.serveList(w, r, trouble())
	}))
	mux.HandleFunc("POST /-/silences", with((*Engine).serveSilence))
	mux.HandleFunc("DELETE /-/silences/{id}", with((*Engine).serveExpire))
	return http.NewCrossOriginProtection().Handler(mux)
}

func (e *Engine) serveList(w http.ResponseWriter, r *http.Request, trouble error) {
	list, err := e.List(r.Context())
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	if trouble != nil {
		list.Trouble = trouble.Error()
	}
	answer(w, http.StatusOK, list)
}

func (e *Engine) serveSilence(w http.ResponseWriter, r *http.Request) {
	var asked SilenceRequest
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxRequest))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, errors.New("the request is not JSON of the form {labels, for, author, comment}: "+
			""+err.Error()))
		return
	}
	duration, err := model.ParseDuration(asked.For)
	if err != nil {
		refuse(w, http.StatusBadRequest, errors.New("for: "+err.Error()+"; write for example 2h or 2d"))
		return
	}
	if user, _, named := r.BasicAuth(); named {
		asked.Author = user // who it is was checked; what is said was not
	}
	id, unsaved := e.Silence(r.Context(), asked.Labels, time.Duration(duration), asked.Author, asked.Comment)
	if id == "" {
		refuse(w, http.StatusBadRequest, unsaved)
		return
	}
	list, err := e.List(r.Context())
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	made := SilenceAnswer{ID: id}
	if unsaved != nil {
		made.Warning = "the silence is in force, but not saved, so that it may end with a restart; " +
			"saving is tried again with the next change: " + unsaved.Error()
		e.options.Log.Warn("a silence is not saved", "silence", id, "err", unsaved)
	}
	for _, a := range list.Alerts {
		if slices.Contains(a.SilencedBy, id) {
			made.Alerts++
		}
	}
	e.options.Log.Info("alerts are silenced", "silence", id, "for", asked.For, "labels", asked.Labels, "author", asked.Author)
	answer(w, http.StatusCreated, made)
}

func (e *Engine) serveExpire(w http.ResponseWriter, r *http.Request) {
	switch err := e.Expire(r.Context(), r.PathValue("id")); {
	case errors.Is(err, ErrNoSilence):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusInternalServerError, err)
	default:
		e.options.Log.Info("a silence was ended", "silence", r.PathValue("id"))
		w.WriteHeader(http.StatusNoContent)
	}
}

func answer(w http.ResponseWriter, status int, value any) {
	content, err := json.Marshal(value)
	if err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(append(content, '\n')) // an error means that the client has gone
}

func refuse(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, strings.TrimSpace(err.Error())+"\n") // an error means that the client has gone
}
