# Amazon Q Developer in chat applications, once AWS Chatbot; the workspace is authorised once, by hand, in its console.
# Without aws:SourceAccount: no page was found that says the service sends it, and the role may do nothing in any case.
data "aws_iam_policy_document" "chat_trust" {
  statement {
    sid     = "Chat"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["chatbot.amazonaws.com"]
    }
  }
}

# Without a policy: it only delivers, and nobody can ask AWS anything through the channel.
resource "aws_iam_role" "chat" {
  count              = var.alarm_slack == null ? 0 : 1
  name               = "${local.name}-chat"
  description        = "Delivers alarms to Slack, and may do nothing else"
  assume_role_policy = data.aws_iam_policy_document.chat_trust.json
}

resource "aws_chatbot_slack_channel_configuration" "alarms" {
  count                 = var.alarm_slack == null ? 0 : 1
  configuration_name    = "${local.name}-alarms"
  iam_role_arn          = aws_iam_role.chat[0].arn
  slack_team_id         = var.alarm_slack.team_id
  slack_channel_id      = var.alarm_slack.channel_id
  sns_topic_arns        = [aws_sns_topic.alarms.arn]
  guardrail_policy_arns = ["arn:${local.partition}:iam::aws:policy/AWSDenyAll"]
}
