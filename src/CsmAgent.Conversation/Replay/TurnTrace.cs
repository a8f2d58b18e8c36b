using System.Security.Cryptography;
using System.Text;
using CsmAgent.Conversation.Turns;

namespace CsmAgent.Conversation.Replay;

/// <summary>A running hash of everything the turn machine does.</summary>
internal sealed class TurnTrace
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Transitions taken.</summary>
    public long Steps { get; private set; }

    public void Add(TurnStep step)
    {
        if (step.Transition is null)
        {
            return;
        }

        Steps++;
        _hash.AppendData(Encoding.UTF8.GetBytes(step.Transition));
        foreach (var effect in step.Effects)
        {
            _hash.AppendData(Encoding.UTF8.GetBytes(effect.ToString()));
        }

        _hash.AppendData(Encoding.UTF8.GetBytes(step.State.ToString()));
    }

    public string Hash() => Convert.ToHexStringLower(_hash.GetCurrentHash());
}
