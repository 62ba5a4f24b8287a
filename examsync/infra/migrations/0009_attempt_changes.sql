-- What orders two readings of an attempt's row, whoever changed it and whatever clocks say: a
-- number that begins with the time (ms since 1970) at which the row came to be and goes up with
-- each change. So it is also above every number that an earlier attempt of the same id, since
-- removed, had.
ALTER TABLE attempts
    ADD COLUMN change bigint NOT NULL DEFAULT (extract(epoch FROM now()) * 1000)::bigint;

CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.change := OLD.change + 1;
    RETURN NEW;
END
$$;
CREATE TRIGGER attempts_change BEFORE UPDATE ON attempts
    FOR EACH ROW EXECUTE FUNCTION count_change();
