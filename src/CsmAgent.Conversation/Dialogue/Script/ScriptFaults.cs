namespace CsmAgent.Conversation.Dialogue.Script;

/// <summary>Collects what is wrong with a script, so that a person mends it in one go.</summary>
internal sealed class ScriptFaults(string name)
{
    private const int MostShown = 20;

    private readonly List<string> _faults = [];

    public bool IsFull => _faults.Count >= MostShown;

    public void Add(string source, string fault)
    {
        if (!IsFull)
        {
            _faults.Add($"{source}: {fault}");
        }
    }

    public void ThrowIfAny()
    {
        if (_faults.Count > 0)
        {
            var more = IsFull ? "\n  and perhaps more" : "";
            throw new DialogueException($"{name} cannot be spoken:\n  {string.Join("\n  ", _faults)}{more}");
        }
    }
}
