"""Readings on their way to a real InfluxDB. The slave counts its answers, so every reading has a value of its own:
a value that is missing was lost, a value that is there twice was stored under two times."""
import json
import time

import town
from peers import Gateway, Influx, ModbusSlave, wait_until

QUERY = "SELECT value FROM count WHERE site = 'w3' AND point = 'count'"


def make_gateway(directory, slave, store):
    stores = [{"id": "main", "api": "v1", "url": store.url, "database": store.database}]
    return Gateway(directory, town.config(slave, town.COUNTER, stores=stores), [town.COUNTER])


def stored(store):
    return [int(row["value"]) for row in store.query(QUERY)]


def wait_stored(store, count, seconds=30):
    wait_until(lambda: len(stored(store)) >= count, seconds, f"{count} readings are stored")


def expect_each_once(values, may_miss=()):
    """All from the first to the last, in order, each once; but those of `may_miss`, a range."""
    missing = set(range(values[0], values[-1] + 1)) - set(values) - set(may_miss)
    assert not missing, f"lost: {sorted(missing)[:20]} of {values[0]}...{values[-1]}"
    assert values == sorted(set(values)), "stored twice, or out of order"


def test_readings_arrive_with_their_tags(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory) as store, \
            make_gateway(directory, slave, store):
        wait_stored(store, 5)
        row = store.query("SELECT * FROM count LIMIT 1")[0]
        assert row["gateway"] == "test-1" and row["device"] == "d1" and row["quality"] == 0, row


def test_readings_arrive_exactly_once_across_an_influxd_stop_of_20_seconds(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory) as store, \
            make_gateway(directory, slave, store):
        wait_stored(store, 20)
        store.stop()
        time.sleep(20)
        store.start()
        before = len(stored(store))
        wait_stored(store, before + 200 + 20, 90)  # what came in 20 s, and live readings again
        expect_each_once(stored(store))


def test_readings_arrive_exactly_once_across_kill_9_of_influxd(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory) as store, \
            make_gateway(directory, slave, store):
        for _ in range(3):
            wait_stored(store, len(stored(store)) + 15)
            store.kill()
            time.sleep(1)
            store.start()
        wait_stored(store, len(stored(store)) + 30)
        expect_each_once(stored(store))


def test_readings_arrive_exactly_once_across_kill_9_of_the_gateway(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory) as store, \
            make_gateway(directory, slave, store) as gateway:
        wait_stored(store, 20)
        store.stop()  # so that what is stored in the end must have been on the gateway's disk
        time.sleep(5)
        gateway.kill()
        gateway.start()
        time.sleep(3)
        store.start()
        before = stored(store)
        wait_stored(store, len(before) + 80, 90)
        values = stored(store)
        missing = sorted(set(range(values[0], values[-1] + 1)) - set(values))
        # At most what had not been committed yet: one second, and one answer on the wire.
        assert len(missing) <= 11, f"{len(missing)} lost"
        expect_each_once(values, range(missing[0], missing[0] + len(missing)) if missing else ())


def test_a_missing_database_holds_the_readings_until_it_is_there(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory, database=None) as store:
        store.database = "later"
        with make_gateway(directory, slave, store) as gateway:
            wait_until(lambda: "database not found" in json.dumps(gateway.get("/api/v1/overview")), 15,
                       "the overview says why")
            store.ask('CREATE DATABASE "later"')
            wait_stored(store, 100, 90)  # it asks again each minute
            values = stored(store)
            assert values[0] <= 2, "the first ones were not kept"
            expect_each_once(values)


def test_the_gateway_stops_within_5_seconds_while_the_store_is_gone(directory):
    with ModbusSlave(directory, [0]) as slave, Influx(directory) as store, \
            make_gateway(directory, slave, store) as gateway:
        wait_stored(store, 5)
        store.kill()
        time.sleep(2)
        assert gateway.stop(5) == 0
