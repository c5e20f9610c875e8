"""The small town that the integration tests watch: one warehouse, a chain of three people, a sensor by pymodbus."""

PHONES = {"wang": "+8613800000001", "li": "+8613800000002", "zhao": "+8613800000003"}

COUNTER = {"profile": 1, "id": "counter", "rev": 1, "maker": "test", "model": "counter",
           "kind": "counter", "status": "text",
           "link": {"slave": 1, "slave_range": [1, 247], "baud": 9600, "parity": "N", "data": 8, "stop": 1},
           "timing": {"timeout_ms": 500, "gap_ms": 0, "min_poll_ms": 50, "poll_ms": 100, "warmup_ms": 0},
           "reads": [{"name": "all", "fc": 4, "addr": 100, "count": 1}],
           "points": [{"key": "count", "read": "all", "at": 0, "type": "uint16", "order": "AB",
                       "scale": 1, "unit": "1", "decimals": 0, "range": [0, 65535]}]}

THERMOMETER = {**COUNTER, "id": "thermometer", "model": "thermometer",
               "timing": {**COUNTER["timing"], "poll_ms": 200},
               "reads": [{"name": "air", "fc": 4, "addr": 1, "count": 1}],
               "points": [{"key": "temperature", "read": "air", "at": 0, "type": "int16",
                           "order": "AB", "scale": 0.1, "unit": "degC", "decimals": 1,
                           "range": [-40, 125]}]}


def config(slave, profile, **others):
    """A whole config around one device; `others` are more members of its root."""
    people = [{"id": person, "name": person, "phone": phone} for person, phone in PHONES.items()]
    areas = [{"id": "town", "level": "town", "name": "李渡镇", "duty": ["zhao"]},
             {"id": "village", "level": "village", "parent": "town", "name": "桂桥村", "duty": ["li"]},
             {"id": "grid", "level": "grid", "parent": "village", "name": "三组网格", "duty": ["wang"]}]
    device = {"id": "d1", "name": "东墙", "link": "gw1", "unit": 1, "profile": profile["id"]}
    site = {"id": "w3", "kind": "warehouse", "name": "3号库", "area": "grid", "devices": [device]}
    return {"people": people, "areas": areas, "sites": [site],
            "links": [{"id": "gw1", "type": "tcp", "host": "127.0.0.1", "port": slave.port}],
            "profiles": ["profiles/*.json"], "sms": {"driver": "console"}, **others}


def hot_rule(severity="minor"):
    return {"id": "hot", "name": "库房温度高", "applies_to": {"quantity": "temperature"},
            "when": "value > 40", "clear": "value < 39", "hold": "0s", "clear_hold": "0s",
            "severity": severity}
