-- +goose Up
-- What the next owner of a host's lease must know of the last one, who may have
-- been another machine.

ALTER TABLE lease ADD COLUMN asked BIGINT;       -- when the last request began
ALTER TABLE lease ADD COLUMN quiet_until BIGINT; -- the host has asked to be left alone until then

-- +goose Down
SELECT 1;
