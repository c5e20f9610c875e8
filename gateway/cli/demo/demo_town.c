#include "gateway/cli/demo/demo_town.h"

const char *const demo_cadre_phone = "+8613800000002";
const char *const demo_siren_point = "w3/relay1/relay0";

static const char town[] =
    "  \"people\": [\n"
    "    {\"id\": \"wang\", \"name\": \"王某\", \"phone\": \"+8613800000001\"},\n"
    "    {\"id\": \"li\", \"name\": \"李某\", \"phone\": \"+8613800000002\"},\n"
    "    {\"id\": \"zhao\", \"name\": \"赵某\", \"phone\": \"+8613800000003\"},\n"
    "    {\"id\": \"guo\", \"name\": \"郭某\", \"phone\": \"+8613800000004\"}],\n"
    "  \"areas\": [\n"
    "    {\"id\": \"lidu\", \"level\": \"town\", \"name\": \"李渡镇\", \"duty\": [\"zhao\"]},\n"
    "    {\"id\": \"guiqiao\", \"level\": \"village\", \"parent\": \"lidu\", \"name\": \"桂桥村\", "
    "\"duty\": [\"li\"]},\n"
    "    {\"id\": \"guiqiao-g3\", \"level\": \"grid\", \"parent\": \"guiqiao\", "
    "\"name\": \"三组网格\", \"duty\": [\"wang\"]},\n"
    "    {\"id\": \"guiqiao-g1\", \"level\": \"grid\", \"parent\": \"guiqiao\", "
    "\"name\": \"一组网格\", \"duty\": [\"guo\"]}],\n"
    "  \"escalation\": {\"group_wait\": \"0s\", \"settle\": \"5s\",\n"
    "    \"critical\": {\"tell\": [\"grid\"], \"silence\": {\"grid\": \"20s\", "
    "\"village\": \"60s\", \"town\": \"120s\"},\n"
    "      \"repeat\": \"60s\"}},\n"
    "  \"sites\": [\n"
    "    {\"id\": \"w3\", \"kind\": \"warehouse\", \"name\": \"3号库\", \"area\": \"guiqiao-g3\", "
    "\"devices\": [\n"
    "      {\"id\": \"th1\", \"name\": \"东墙温湿度\", \"link\": \"gw1\", \"unit\": 1, "
    "\"profile\": \"xy-md02\", \"poll\": \"1s\"},\n"
    "      {\"id\": \"gap1\", \"name\": \"堆垛测距\", \"link\": \"bus1\", \"unit\": 3, "
    "\"profile\": \"dyp-a02-rs485\",\n"
    "        \"poll\": \"1s\", \"points\": {\"distance\": {\"quantity\": \"gap\"}}},\n"
    "      {\"id\": \"relay1\", \"name\": \"警号继电器\", \"link\": \"gw1\", \"unit\": 9, "
    "\"profile\": \"waveshare-relay-8ch\",\n"
    "        \"poll\": \"500ms\"}],\n"
    "     \"outputs\": [{\"id\": \"siren\", \"name\": \"警笛\", \"device\": \"relay1\", "
    "\"output\": \"relay0\"}]},\n"
    "    {\"id\": \"w5\", \"kind\": \"warehouse\", \"name\": \"5号库\", \"area\": \"guiqiao-g3\", "
    "\"devices\": [\n"
    "      {\"id\": \"th1\", \"name\": \"西墙温湿度\", \"link\": \"gw1\", \"unit\": 2, "
    "\"profile\": \"xy-md02\", \"poll\": \"1s\"}]},\n"
    "    {\"id\": \"shop7\", \"kind\": \"retail\", \"name\": \"桂桥烟花零售点\", "
    "\"area\": \"guiqiao-g1\", \"devices\": [\n"
    "      {\"id\": \"th1\", \"name\": \"店内温湿度\", \"link\": \"bus1\", \"unit\": 1, "
    "\"profile\": \"renke-rs-ws-n01\",\n"
    "        \"poll\": \"2s\"}]},\n"
    "    {\"id\": \"lake\", \"kind\": \"water\", \"name\": \"九龙湖东岸\", \"area\": \"guiqiao-g1\", "
    "\"devices\": [\n"
    "      {\"id\": \"level\", \"name\": \"水位\", \"link\": \"lake\", \"unit\": 4, "
    "\"profile\": \"dyp-a02-rs485\",\n"
    "        \"poll\": \"2s\"}]}],\n"
    "  \"rules\": [\n"
    "    {\"id\": \"warehouse-hot\", \"name\": \"库房温度过高\", "
    "\"applies_to\": {\"site_kind\": \"warehouse\", \"quantity\": \"temperature\"},\n"
    "      \"when\": \"value >= 40\", \"clear\": \"value < 39\", \"hold\": \"3s\", "
    "\"clear_hold\": \"3s\", \"severity\": \"critical\"},\n"
    "    {\"id\": \"warehouse-damp\", \"name\": \"库房湿度过高\", "
    "\"applies_to\": {\"site_kind\": \"warehouse\", \"quantity\": \"humidity\"},\n"
    "      \"when\": \"value > 85\", \"clear\": \"value < 82\", \"hold\": \"10s\", "
    "\"severity\": \"minor\"},\n"
    "    {\"id\": \"stack-gap\", \"name\": \"堆垛距墙不足\", \"applies_to\": {\"quantity\": \"gap\"},\n"
    "      \"when\": \"value < 0.45\", \"clear\": \"value >= 0.5\", \"hold\": \"10s\", "
    "\"severity\": \"minor\"}]\n"
    "}\n";

void demo_add_config(struct text *text, const char *folder, const struct demo_ports *ports)
{
    text_add(text,
             "{\n"
             "  \"gateway\": {\"id\": \"demo\", \"name\": \"李渡镇演示网关\", "
             "\"timezone\": \"Asia/Shanghai\", \"language\": \"zh-CN\", "
             "\"data_dir\": \"%s/data\"},\n"
             "  \"web\": {\"listen\": \"127.0.0.1:%d\"},\n"
             "  \"sms\": {\"driver\": \"console\", \"signature\": \"李渡应急\"},\n"
             "  \"links\": [\n"
             "    {\"id\": \"gw1\", \"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": %d},\n"
             "    {\"id\": \"bus1\", \"type\": \"rtu\", \"device\": \"%s/bus\", \"baud\": 9600, "
             "\"parity\": \"none\"},\n"
             "    {\"id\": \"lake\", \"type\": \"dtu\", \"registration\": \"LAKE:01\"}],\n"
             "  \"dtu\": {\"listen\": \"127.0.0.1:%d\", \"heartbeats\": [\"ping\"]},\n",
             folder, ports->web, ports->slave, folder, ports->dtu);
    text_add(text, "%s", town);
}

/* A temperature that rises, stays and falls again, and a humidity that moves against it. */
static const char warm[] =
    "{\"fc\": 4, \"address\": 1, \"type\": \"int16\", \"scale\": 0.1, \"noise\": 0.1, "
    "\"repeat\": \"300s\",\n"
    "  \"value\": [{\"at\": \"0s\", \"value\": 31.2}, {\"at\": \"20s\", \"value\": 31.5}, "
    "{\"at\": \"30s\", \"value\": 43.1},\n"
    "    {\"at\": \"75s\", \"value\": 43.6}, {\"at\": \"90s\", \"value\": 33.0}, "
    "{\"at\": \"300s\", \"value\": 31.2}]},\n"
    "{\"fc\": 4, \"address\": 2, \"type\": \"uint16\", \"scale\": 0.1, \"noise\": 0.2, "
    "\"repeat\": \"300s\",\n"
    "  \"value\": [{\"at\": \"0s\", \"value\": 62}, {\"at\": \"30s\", \"value\": 44}, "
    "{\"at\": \"90s\", \"value\": 58}, {\"at\": \"300s\", \"value\": 62}]}";

static void add_register(struct text *text, int function, int address, double scale, double value,
                         double noise)
{
    text_add(text,
             "{\"fc\": %d, \"address\": %d, \"type\": \"uint16\", \"scale\": %g, \"noise\": %g, "
             "\"value\": %g}",
             function, address, scale, noise, value);
}

/* Eight coils that take writes, and the pulses of the first one. */
static void add_relay_board(struct text *text, int unit)
{
    text_add(text, "  {\"unit\": %d, \"writable\": true, \"fill\": 0, \"registers\": [", unit);
    for (int i = 0; i < 8; i++) {
        text_add(text, "%s{\"fc\": 1, \"address\": %d, \"type\": \"bool\", \"value\": 0}",
                 i == 0 ? "" : ", ", i);
    }
    text_add(text, "],\n   \"orders\": [{\"fc\": 5, \"address\": \"0x0200\", \"mask\": 0, \"do\": "
                   "\"pulse\", \"unit\": \"100ms\", \"to\": {\"fc\": 1, \"address\": 0}}]}");
}

void demo_add_sensors(struct text *text, const char *folder, const struct demo_ports *ports)
{
    text_add(text, "{\"slaves\": [\n {\"listen\": \"127.0.0.1:%d\", \"units\": [\n", ports->slave);
    text_add(text, "  {\"unit\": 1, \"registers\": [%s]},\n  {\"unit\": 2, \"registers\": [", warm);
    add_register(text, 4, 1, 0.1, 29.8, 0.1);
    text_add(text, ", ");
    add_register(text, 4, 2, 0.1, 64.0, 0.2);
    text_add(text, "]},\n");
    add_relay_board(text, 9);
    text_add(text, "]},\n {\"pty\": \"%s/bus\", \"baud\": 9600, \"units\": [\n", folder);
    text_add(text, "  {\"unit\": 1, \"registers\": [");
    add_register(text, 3, 0, 0.1, 66.0, 0.2);
    text_add(text, ", ");
    add_register(text, 3, 1, 0.1, 29.4, 0.1);
    text_add(text, "]},\n  {\"unit\": 3, \"registers\": [");
    add_register(text, 3, 0x0101, 0.001, 0.62, 0.002);
    text_add(text,
             "]}]},\n"
             " {\"dial\": \"127.0.0.1:%d\", \"registration\": \"LAKE:01\", "
             "\"heartbeat\": \"ping\", \"heartbeat_every\": \"10s\", \"reconnect\": \"500ms\", "
             "\"units\": [\n",
             ports->dtu);
    text_add(text, "  {\"unit\": 4, \"registers\": [");
    add_register(text, 3, 0x0101, 0.001, 1.82, 0.005);
    text_add(text, "]}]}]}\n");
}
