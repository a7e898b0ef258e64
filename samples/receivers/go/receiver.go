// Receives Relink's events: WEBHOOK_SECRET=whsec_… go run .
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"sync"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const maxBytes = 256 * 1024

type event struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		Challenge string `json:"challenge"`
		ItemID    string `json:"item_id"`
		Sequence  int    `json:"sequence"`
		State     string `json:"state"`
	} `json:"data"`
}

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	if secret == "" {
		log.Fatal("WEBHOOK_SECRET is not set")
	}
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		log.Fatal(err)
	}

	// In earnest: a table that has the id as its key. Keep ids for four days: so long may an event come again.
	var seen sync.Map

	http.HandleFunc("POST /relink", func(w http.ResponseWriter, r *http.Request) {
		// The body as it came: the signature is over its bytes, and a JSON parser does not give them back.
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBytes))
		if err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		var e event
		if webhook.Verify(body, r.Header) != nil || json.Unmarshal(body, &e) != nil {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if e.Type == "webhook.verification" {
			w.Header().Set("content-type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]string{"challenge": e.Data.Challenge})
			return
		}
		_, isRepeat := seen.LoadOrStore(e.ID, true)
		// Now that it is kept: the work comes after the answer.
		w.WriteHeader(http.StatusNoContent)
		if !isRepeat {
			go handle(e)
		}
	})

	port := cmp.Or(os.Getenv("PORT"), "3000")
	fmt.Println("listening on port", port)
	log.Fatal(http.ListenAndServe(":"+port, nil))
}

func handle(e event) {
	fmt.Println(e.Type, cmp.Or(e.Data.ItemID, "-"), e.Data.Sequence, cmp.Or(e.Data.State, "-"))
}
