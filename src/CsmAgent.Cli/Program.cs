Console.WriteLine("csm-agent");
