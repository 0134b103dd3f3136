package slack

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"pantau/notify"
)

// How far back an earlier attempt is looked for. The pages are bounded: in a
// channel as busy as that a repeat under the same id is the lesser evil.
const (
	historyPages = 5
	channelPages = 10
	pageSize     = 200
	lookTime     = 15 * time.Second // for the looking; then the post has its turn
	clockSkew    = 5 * time.Minute
)

// posted looks whether an earlier attempt has brought the message to the
// channel. It may not be able to tell (the scopes channels:read,
// channels:history and their groups: counterparts are not needed for posting):
// then the message is posted again, under the same id.
func (s *Sender) posted(ctx context.Context, e notify.Envelope) (id string, ok bool) {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	channel, ok := s.channelID(ctx, e.Target)
	if !ok {
		return "", false
	}
	params := &slack.GetConversationHistoryParameters{ChannelID: channel, Limit: pageSize, IncludeAllMetadata: true,
		Oldest: strconv.FormatInt(e.Message.Created.Add(-clockSkew).Unix(), 10)}
	for range historyPages {
		page, err := s.api.GetConversationHistoryContext(ctx, params)
		if err != nil {
			return "", false
		}
		for _, m := range page.Messages {
			if m.Metadata.EventType == eventType && m.Metadata.EventPayload["message_id"] == e.Message.ID {
				return channel + "/" + m.Timestamp, true
			}
		}
		if params.Cursor = page.ResponseMetaData.NextCursor; params.Cursor == "" {
			return "", false
		}
	}
	return "", false
}

// channelID finds the id of a channel by name; history is read by id only.
func (s *Sender) channelID(ctx context.Context, target string) (string, bool) {
	name, named := strings.CutPrefix(target, "#")
	if !named {
		return target, true
	}
	params := &slack.GetConversationsParameters{Types: []string{"public_channel", "private_channel"}, ExcludeArchived: true, Limit: pageSize}
	for range channelPages {
		list, cursor, err := s.api.GetConversationsContext(ctx, params)
		if err != nil {
			return "", false
		}
		for _, c := range list {
			if c.Name == name {
				return c.ID, true
			}
		}
		if params.Cursor = cursor; cursor == "" {
			return "", false
		}
	}
	return "", false
}
