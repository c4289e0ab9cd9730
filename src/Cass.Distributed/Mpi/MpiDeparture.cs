using System.Diagnostics;

namespace Cass.Distributed;

/// <summary>
/// How processes take leave of one another. Each sends the others a word when it has nothing more to do with them, and ends the library when it has
/// heard from all: MPI's own end waits without limit, and one that waits in an operation would not know that nobody comes.
/// </summary>
internal sealed unsafe class MpiDeparture(MpiLibrary library, nint group, int rank, int size)
{
    private const int Tag = 1;

    private readonly HashSet<int> gone = [];
    private readonly nint[] sends = GC.AllocateArray<nint>(size, pinned: true);
    private readonly int[] word = GC.AllocateArray<int>(1, pinned: true);
    private bool isSaid;

    /// <summary>The others that have taken their leave so far; null where none has.</summary>
    public int? Hear()
    {
        while (library.HasMessage(Tag, group))
        {
            int who;
            library.Receive(&who, sizeof(int), Tag, group);
            gone.Add(who);
        }

        return gone.Count == 0 ? null : gone.First();
    }

    /// <summary>Takes leave, and waits for the others to do the same.</summary>
    /// <param name="limit">How long.</param>
    /// <returns>Whether all have.</returns>
    public bool Leave(TimeSpan limit)
    {
        if (!isSaid)
        {
            isSaid = true;
            word[0] = rank;
            for (var to = 0; to < size; to++)
            {
                if (to != rank)
                {
                    fixed (int* content = word)
                    fixed (nint* request = &sends[to])
                    {
                        library.BeginSend(content, sizeof(int), to, Tag, group, request);
                    }
                }
            }
        }

        var clock = Stopwatch.StartNew();
        while (true)
        {
            Hear();
            if (gone.Count == size - 1 && AreSent())
            {
                return true;
            }

            if (clock.Elapsed > limit)
            {
                return false;
            }

            Thread.Sleep(1);
        }
    }

    private bool AreSent()
    {
        for (var to = 0; to < size; to++)
        {
            if (to != rank)
            {
                fixed (nint* request = &sends[to])
                {
                    if (!library.IsDone(request))
                    {
                        return false;
                    }
                }
            }
        }

        return true;
    }
}
