namespace CsmAgent.Tensors.Kernels;

/// <summary>Work that every member of a <see cref="ThreadTeam"/> runs at once, each on its share.</summary>
public interface ITeamWork
{
    /// <summary>Runs one member's share. Members meet at <see cref="ThreadTeam.Barrier"/>, all of them equally often.</summary>
    /// <param name="worker">0 (the calling thread) to <see cref="ThreadTeam.Count"/> − 1.</param>
    void Execute(int worker);
}
