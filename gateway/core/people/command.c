#include "gateway/core/people/command.h"

#include <string.h>

#include "gateway/base/text.h"
#include "gateway/core/chain/roster.h"
#include "gateway/core/detect/maintenance.h"
#include "gateway/core/message/message.h"
#include "gateway/core/people/action.h"

static void explain_close(const struct engine *engine, const struct incident *incident,
                          struct text *why)
{
    if (incident->state == INCIDENT_CLOSED) {
        text_add(why, "该事件已销号");
    } else if (incident->judgement >= 0 &&
               alarm_is_latched(&engine->judgement[incident->judgement].alarm)) {
        text_add(why, "告警已锁存，须整改并复查合格后才能销号");
    } else if (incident->condition == CONDITION_UNKNOWN) {
        text_add(why, "数据中断，不能确认已恢复正常，不能销号");
    } else {
        text_add(why, "尚未恢复正常，不能销号");
    }
}

/* Why the state machine does not allow it. */
static void explain_refusal(const struct engine *engine, const struct incident *incident,
                            enum command_verb verb, struct text *why)
{
    const char *state = incident_state_text(incident->state);
    switch (verb) {
    case COMMAND_ACK:
        text_add(why, "该事件%s", state);
        if (incident->acked_by[0] != '\0') {
            text_add(why, "（%s）", incident->acked_by);
        }
        text_add(why, "，无需再确认");
        break;
    case COMMAND_ARRIVE:
        text_add(why, "该事件%s，确认之后、整改之前才能登记到场", state);
        break;
    case COMMAND_RECTIFY:
        text_add(why, "该事件%s，不能登记整改完成", state);
        break;
    case COMMAND_REINSPECT:
        text_add(why,
                 incident->state == INCIDENT_REINSPECT || incident->state == INCIDENT_FALSE_CLAIM
                     ? "尚未恢复正常，不能复查合格"
                     : "该事件不在待复查状态，须先登记整改完成");
        break;
    case COMMAND_CLOSE:
        explain_close(engine, incident, why);
        break;
    case COMMAND_COMMENT:
        text_add(why, "备注不能为空");
        break;
    case COMMAND_TEST_SMS:
    case COMMAND_MAINTAIN:
        break;
    }
}

static bool comment_incident(struct engine *engine, struct incident *incident,
                             const struct action_actor *actor)
{
    if (actor->note[0] == '\0') {
        return false;
    }
    action_record(engine, incident, ENTRY_COMMENT, actor);
    return true;
}

/* A switch and no table: a new verb must break the build, not perform another verb's move. */
static bool perform_verb(struct engine *engine, struct incident *incident, enum command_verb verb,
                         const struct action_actor *actor)
{
    switch (verb) {
    case COMMAND_ACK:
        return action_perform(engine, incident, MOVE_ACKNOWLEDGE, actor);
    case COMMAND_ARRIVE:
        return action_perform(engine, incident, MOVE_ARRIVE, actor);
    case COMMAND_RECTIFY:
        return action_perform(engine, incident, MOVE_RECTIFY, actor);
    case COMMAND_REINSPECT:
        return action_perform(engine, incident, MOVE_REINSPECT, actor);
    case COMMAND_CLOSE:
        return action_perform(engine, incident, MOVE_CLOSE, actor);
    case COMMAND_COMMENT:
        return comment_incident(engine, incident, actor);
    case COMMAND_TEST_SMS:
    case COMMAND_MAINTAIN:
        break; /* not about an incident */
    }
    return false;
}

static bool send_test_sms(struct engine *engine, const struct event_command *command,
                          struct text *why)
{
    int32_t person = policy_find_person(engine->policy, command->note);
    if (person < 0) {
        text_add(why, "没有这个人");
        return false;
    }
    const struct policy_person *to = &engine->policy->person[person];
    struct effect_message message = {.kind = MESSAGE_TEST};
    text_copy(message.person, sizeof message.person, to->id);
    text_copy(message.phone, sizeof message.phone, to->phone);
    message_test(engine->policy, engine->now, message.text);
    engine_post(engine, &message);
    return true;
}

static bool act_on_incident(struct engine *engine, const struct event_command *command,
                            struct text *why)
{
    struct incident *incident = incident_table_find(engine->incidents, command->incident);
    if (incident == NULL) {
        text_add(why, "没有这个事件");
        return false;
    }
    int32_t person = policy_find_person(engine->policy, command->person);
    struct action_actor actor = {
        .id = command->person[0] != '\0' ? command->person : command->actor,
        .name = person < 0 ? command->actor : engine->policy->person[person].name,
        .channel = command->channel,
        .note = command->note};
    if (command->is_area_bound && roster_level_of(incident, command->person) < 0) {
        text_add(why, "该事件不在您的责任范围内");
    } else if (perform_verb(engine, incident, command->verb, &actor)) {
        return true;
    } else {
        explain_refusal(engine, incident, command->verb, why);
    }
    actor.note = why->bytes;
    action_record(engine, incident, ENTRY_REFUSED, &actor);
    return false;
}

void command_obey(struct engine *engine, const struct event_command *command)
{
    char sentence[ANSWER_MAX];
    struct text why = text_over(sentence, sizeof sentence);
    bool is_ok = false;
    if (command->verb == COMMAND_TEST_SMS) {
        is_ok = send_test_sms(engine, command, &why);
    } else if (command->verb == COMMAND_MAINTAIN) {
        is_ok = maintenance_obey(engine, command, &why);
    } else {
        is_ok = act_on_incident(engine, command, &why);
    }
    if (command->ticket != 0) {
        struct effect_answer *answer = &engine_effect(engine, EFFECT_ANSWER)->answer;
        answer->ticket = command->ticket;
        answer->is_ok = is_ok;
        text_copy(answer->text, sizeof answer->text, sentence);
    }
}
