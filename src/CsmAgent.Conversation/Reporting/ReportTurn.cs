namespace CsmAgent.Conversation.Reporting;

/// <summary>One side's turn; times in seconds.</summary>
internal sealed record ReportTurn(bool IsUser, int Turn, int Generation, string Text, double From, double To, bool WasCut, string Note);
